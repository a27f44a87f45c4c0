// How a run of a job stands, as the store has it: whoever writes for a job where the store's transactions don't reach asks here whether
// the job is still there.
import { decodeRecord, hasEnded } from "../../../core/mapreduce/job-record.ts";
import { idOf, isJobId, recordKey } from "../../../core/mapreduce/job-keys.ts";
import type { KeyValues } from "./key-values.ts";

/**
 * `ending`: it has ended, and others still clean up behind it. `over`: they are done. `unknown`: this store has never heard of it, or does not
 * remember it: it may be the job of another cluster.
 */
export type RunState = "live" | "ending" | "over" | "unknown";

export async function runState(kv: Pick<KeyValues, "text">, run: string): Promise<RunState> {
  const id = idOf(run);
  const text = isJobId(id) ? await kv.text(recordKey(id)) : null;
  if (text === null) return "unknown";
  const { run: current = id, status, isCleaned } = decodeRecord(text);
  if (current !== run) return "unknown";
  if (!hasEnded(status)) return "live";
  return isCleaned ? "over" : "ending";
}
