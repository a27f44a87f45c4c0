// What stands at the prefix of a `kv:` output: which job writes there, and where its pairs are. While they are written nobody reads them;
// when all are there, one write of this says so.

export type Pointer = {
  /** Its run: an id may be another job's later. */
  readonly job: string;
  /** The prefix under which the pairs lie; nobody else's, ever. */
  readonly at: string;
  readonly state: "writing" | "complete";
};

const MARK = "flotilla.kv-output";

export function encodePointer({ job, at, state }: Pointer): string {
  return JSON.stringify({ kind: MARK, job, at, state });
}

/** Null: the value is something else. */
export function decodePointer(value: Uint8Array): Pointer | null {
  if (value.length > LENGTH_MAX) return null;
  try {
    const { kind, job, at, state } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value)) as Readonly<
      Record<string, unknown>
    >;
    const isPointer = kind === MARK && typeof job === "string" && typeof at === "string" && (state === "writing" || state === "complete");
    return isPointer ? { job, at, state } : null;
  } catch {
    return null;
  }
}

const LENGTH_MAX = 4_096;
