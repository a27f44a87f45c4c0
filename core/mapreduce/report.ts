// What a worker says about an attempt: while it runs, and once at its end.
import type { AttemptName, InputSplit, OutputFile } from "./assignment.ts";

/** By name. The built-in ones are fields of their own; these are the user's. */
export type Counters = Readonly<Record<string, number>>;

/** What an attempt has done so far, or in all. Records are pairs: a map's `read` are input records, a reduce's are the pairs that it fetched. */
export type Work = {
  readonly recordsRead: number;
  readonly recordsWritten: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Of the attempt's process, at most so far. */
  readonly memoryBytes: number;
  readonly cpuMs: number;
};

export const NO_WORK: Work = { recordsRead: 0, recordsWritten: 0, bytesRead: 0, bytesWritten: 0, memoryBytes: 0, cpuMs: 0 };

/** `fraction`: how much of the task is done, from 0 to 1, by what is read. */
export type Progress = AttemptName & { readonly fraction: number; readonly work: Work };

/**
 * A map's output that could not be had from where it should be. The reduce goes on with the other maps, tries again, and says so each time; with 0 `tries`
 * once it has it. */
export type FetchTrouble = AttemptName & {
  readonly phase: "reduce";
  readonly mapTask: number;
  readonly mapAttempt: number;
  readonly origin: string;
  readonly tries: number;
  readonly message: string;
};

/** `again`: whether another attempt may do better. `record`: a bad record can be left out, where one is named. `worker`: it is the worker's trouble, and
 * does not count against the task as long as others can be tried. */
export const FAILURES = {
  threw: { again: true, record: true, worker: false },
  timedOut: { again: true, record: true, worker: false },
  outOfMemory: { again: true, record: true, worker: false },
  crashed: { again: true, record: true, worker: false },
  forbidden: { again: true, record: false, worker: false },
  badRecord: { again: true, record: true, worker: false },
  badProgram: { again: false, record: false, worker: false },
  missingInput: { again: false, record: false, worker: false },
  badInput: { again: false, record: false, worker: false },
  inputChanged: { again: false, record: false, worker: false },
  outputExists: { again: false, record: false, worker: false },
  badOutput: { again: false, record: false, worker: false },
  badUrl: { again: false, record: false, worker: false },
  unreachable: { again: true, record: false, worker: false },
  memoryShort: { again: true, record: false, worker: true },
  diskFull: { again: true, record: false, worker: true },
  untrusted: { again: true, record: false, worker: true },
  lost: { again: true, record: false, worker: true },
  internal: { again: true, record: false, worker: false },
} as const satisfies Record<string, { readonly again: boolean; readonly record: boolean; readonly worker: boolean }>;

/**
 * `threw`: a user's function did. `timedOut`: one call of it took too long. `outOfMemory`, `crashed`: its process. `forbidden`: it tried what is
 * not allowed. `badRecord`: it can't be read as its format. `badProgram`: it can't be loaded. `inputChanged`: it is not what was listed.
 * `badOutput`: the output can't take what is written. `unreachable`: an input or output that may be there later. `memoryShort`: this worker has less than one attempt may use. `untrusted`: this worker does not take it. `lost`: nothing was heard of it.
 */
export type FailureReason = keyof typeof FAILURES;

export type Failure = {
  readonly reason: FailureReason;
  /** For a person, one line, with the first lines of a stack below it where there is one. */
  readonly message: string;
  /** The record at work, as in `SkippedRecord`; null where it was none. */
  readonly record: number | null;
  readonly file: string | null;
  readonly offset: number | null;
};

/** Its length and what a split needs to know. `splittable`: a reader can begin in the middle of it. `nodes`: where it can be read without the network. */
export type InputFile = Pick<InputSplit, "url" | "compression" | "etag"> & {
  readonly length: number;
  readonly splittable: boolean;
  readonly nodes: readonly string[];
};

export type AttemptResult =
  /** `boundaries`: for the range partitioner, from samples: the first keys of the second part and of those behind it, as base64. */
  | { readonly kind: "listed"; readonly files: readonly InputFile[]; readonly boundaries: readonly string[] | null }
  /** For each reduce, in order: the bytes and the records of its region. Their sum is what the map wrote. */
  | { readonly kind: "mapped"; readonly origin: string; readonly regionBytes: readonly number[]; readonly regionRecords: readonly number[] }
  | { readonly kind: "reduced"; readonly files: readonly OutputFile[]; readonly keys: number }
  | { readonly kind: "published" }
  | { readonly kind: "finished" }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** The worker stops, or was told to end it: nothing is wrong with the task. */
  | { readonly kind: "givenBack" };

export type AttemptReport = AttemptName & {
  readonly result: AttemptResult;
  readonly work: Work;
  readonly counters: Counters;
  /** What was left out and counted, of those that the assignment said and no others. */
  readonly skipped: number;
  /** The end of what the task logged, bounded. */
  readonly log: string;
};
