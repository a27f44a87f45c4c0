// What holds chunks that are no file: the entry of an upload that goes on, or is whole and not shown yet; of a file that was replaced or
// removed, for those who read it; and of what is being taken away. It says how many bytes the sum of the whole store counts for it.

export type Upload = { readonly upload: string; readonly length: number; readonly checksum: string };
export type StoredFile = Upload & { readonly path: string; readonly atMs: number };

export type Held = {
  /** `removing`: nobody can use it any more. `removed`: nothing of it is left, unless whoever wrote it did not know that yet. */
  readonly why: "upload" | "replaced" | "removing" | "removed";
  /** While an upload goes on, this becomes later all the time. */
  readonly sinceMs: number;
  readonly job: string | null;
  /** At least as many as there are. */
  readonly bytes: number;
  /** It may get more. */
  readonly isUnderWay: boolean;
  /** What a job has written and not shown yet, and under which path it will be. */
  readonly ready: StoredFile | null;
};

/** `text`: as it is stored. */
export type HeldEntry = Held & { readonly upload: string; readonly text: string };

export const encodeHeld = ({ why, sinceMs, job, bytes, isUnderWay, ready }: Held): string =>
  JSON.stringify({ why, sinceMs, job, bytes, isUnderWay, ready });
/** Earlier versions counted nothing for it. */
export const decodeHeld = (text: string): Held => ({
  bytes: 0,
  isUnderWay: false,
  ...(JSON.parse(text) as Omit<Held, "bytes" | "isUnderWay">),
});
