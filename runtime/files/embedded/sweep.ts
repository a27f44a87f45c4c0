// Takes away what belongs to no file any more: uploads that nobody finished, files that were replaced or removed a while ago (somebody may
// have been reading them), and parts of jobs that have ended. Likewise the pairs of `kv:` outputs whose pointer is gone,
// and pointers of jobs that are over: a task that stood still may reserve a prefix when its job has been cleaned up.
import type { KeyValues } from "../store/key-values.ts";
import { decodePointer, encodePointer } from "../store/pointer.ts";
import { decodeListed, encodeListed, OUTPUT_LIST, outputAt, partsIn } from "../store/output-keys.ts";
import type { FileStore } from "./file-store.ts";
import type { Held } from "./held.ts";

export type SweepOptions = {
  readonly kv: KeyValues;
  readonly files: FileStore;
  readonly wallMs: () => number;
  /** Whether the job may still write something. */
  readonly isLive: (job: string) => Promise<boolean>;
};

/** An output that is written for so long is looked at. */
const OUTPUT_MS = 3_600_000;
/** Who uploads says so far more often; who reads gets so far. */
const HELD_MS = 600_000;
/** Whoever began to take it away has ended. */
const REMOVING_MS = 60_000;

/** Returns how much there was to take away. */
export async function sweep({ kv, files, wallMs, isLive }: SweepOptions): Promise<number> {
  let taken = 0;
  for (const { upload, text, ...held } of await files.held()) {
    if (!(await isOver(held, { ageMs: wallMs() - held.sinceMs, isLive }))) continue;
    if (await files.drop(upload, text)) taken++;
  }
  for await (const entries of kv.all(OUTPUT_LIST))
    for (const { key, value } of entries) if (await tidyOutput(kv, { key, value, nowMs: wallMs(), isLive })) taken++;
  return taken;
}

type ListEntry = Pick<SweepOptions, "isLive"> & { readonly key: Uint8Array; readonly value: Uint8Array; readonly nowMs: number };

async function tidyOutput(kv: KeyValues, { key, value, nowMs, isLive }: ListEntry): Promise<boolean> {
  const at = outputAt(Buffer.from(key).toString().slice(OUTPUT_LIST.length));
  const listed = decodeListed(Buffer.from(value).toString());
  if (nowMs - listed.sinceMs < OUTPUT_MS) return false;
  const stands = await kv.get(listed.prefix);
  const pointer = stands === null ? null : decodePointer(stands);
  if (pointer?.at !== at) {
    await kv.removeAll(at);
    await kv.remove([key]);
    return true;
  }
  if (pointer.state === "writing") {
    if (await isLive(pointer.job)) return false;
    // What else it has written goes when its pointer is found gone, long after whoever wrote it has ended.
    await kv.put(key, encodeListed({ ...listed, sinceMs: nowMs }));
    return kv.change({ compare: [{ key: listed.prefix, value: encodePointer(pointer) }], remove: [listed.prefix] });
  }
  if (listed.isTidy) return false;
  await kv.removeAll(partsIn(at));
  await kv.put(key, encodeListed({ ...listed, isTidy: true }));
  return true;
}

type Age = Pick<SweepOptions, "isLive"> & { readonly ageMs: number };

async function isOver({ why, job, isUnderWay }: Held, { ageMs, isLive }: Age): Promise<boolean> {
  if (why === "removing") return ageMs > REMOVING_MS;
  if (ageMs <= HELD_MS) return false;
  // A part that is whole may count for as long as its job goes on. One that is not belongs to an attempt that has died.
  return why !== "upload" || isUnderWay || job === null || !(await isLive(job));
}
