// Takes a job that has ended out of the store. Whoever is interrupted begins again: its line in the index goes last. Every step compares
// something that only this job has, because another one may be submitted under its id as soon as it is gone.
import { hasEnded, decodeRecord } from "../../core/mapreduce/job-record.ts";
import { descriptionKey, fenceKey, indexKey, recordKey } from "../../core/mapreduce/job-keys.ts";
import type { KvClient } from "../../client/kv-client.ts";
import type { Comparison } from "../../client/operations.ts";
import { op } from "../../client/operations.ts";

export type RemovableStore = Pick<KvClient, "get" | "scanPage" | "txn" | "delete">;
export type Removal = { readonly job: string; readonly submittedAt: number };

const DEADLINE = { deadlineMs: 15_000 } as const;
const PAGE = 200;

/** False: something of it may be left. */
export async function removeJob(kv: RemovableStore, { job, submittedAt }: Removal): Promise<boolean> {
  const line = await kv.get(indexKey(job), DEADLINE);
  if (line.kind !== "done") return false;
  if (line.value === null || !isLineOf(line.value.text, submittedAt)) return true;
  const record = await kv.get(recordKey(job), DEADLINE);
  if (record.kind !== "done") return false;
  if (record.value !== null) {
    const { status, submittedAt: at } = decodeRecord(record.value.text);
    if (!hasEnded(status) || at !== submittedAt || !(await removeKeys(kv, job, record.value.revision))) return false;
  }
  const { revision } = line.value;
  const deleted = await kv.delete(indexKey(job), { ifRevision: revision, ...DEADLINE });
  return deleted.kind === "done";
}

async function removeKeys(kv: RemovableStore, job: string, recordRevision: number): Promise<boolean> {
  // From here on no coordinator can change it any more.
  const raised = await kv.txn(
    { compare: [{ key: recordKey(job), revision: recordRevision }], then: [op.increment(fenceKey(job))] },
    DEADLINE,
  );
  if (raised.kind !== "done" || !raised.value.succeeded) return false;
  const [{ value: fence }] = raised.value.results;
  // Its record stays as it is until the end, and no other one ever has this revision.
  const compare = [
    { key: fenceKey(job), value: String(fence) },
    { key: recordKey(job), revision: recordRevision },
  ] as const;
  const last: readonly string[] = [descriptionKey(job), recordKey(job), fenceKey(job)];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<RemovableStore["scanPage"]>> = await kv.scanPage(`{job:${job}}:`, { after, limit: PAGE, ...DEADLINE });
    if (page.kind !== "done") return false;
    const keys = page.value.entries.map(({ keyText }) => keyText).filter((key) => !last.includes(key));
    if (keys.length > 0 && !(await isApplied(kv, { compare, keys }))) return false;
    after = page.value.next;
  } while (after !== null);
  // Together: without its record a job has nothing else.
  return isApplied(kv, { compare, keys: last });
}

type Step = { readonly compare: readonly Comparison[]; readonly keys: readonly string[] };

async function isApplied(kv: RemovableStore, { compare, keys }: Step): Promise<boolean> {
  const applied = await kv.txn({ compare, then: keys.map((key) => op.delete(key)) }, DEADLINE);
  return applied.kind === "done" && applied.value.succeeded;
}

function isLineOf(text: string, submittedAt: number): boolean {
  const line = JSON.parse(text) as { readonly ended?: unknown; readonly view?: { readonly submittedAt?: unknown } };
  return line.ended === true && line.view?.submittedAt === submittedAt;
}
