// What a worker is given to do: one attempt of one task, with everything that it needs to know, as plain JSON.
//
//   list     look at the inputs: which files there are and how long they are; whether the output may be written
//   map      read one split, write one sorted region for each reduce to the worker's own disk, and serve it
//   reduce   fetch one region of every map, merge, reduce, and write the output under a name of this attempt
//   publish  make the output of one committed reduce attempt visible, whole; repeating it changes nothing
//   finish   all parts are visible: take away what other attempts left behind; repeating it changes nothing
import type { JobDescription } from "./job.ts";

export const PHASES = ["list", "map", "reduce", "publish", "finish"] as const;
export type Phase = (typeof PHASES)[number];

/** Which attempt of what. `job`: its run, as `job-keys.ts` has it. `attempt` counts from 1 within its task, and no number is ever used twice. */
export type AttemptName = { readonly job: string; readonly phase: Phase; readonly task: number; readonly attempt: number };

/** `count.0a1b2c3d4e5f/map-3/2`: for logs, file names and maps. */
export const attemptText = ({ job, phase, task, attempt }: AttemptName): string => `${job}/${phase}-${task}/${attempt}`;

/** What a task reads. A split owns the records that begin in it, so a reader skips the first broken one and reads beyond the end. */
export type InputSplit = {
  readonly url: string;
  readonly offset: number;
  readonly length: number;
  /** Of the file, as it was listed; null where nobody could say. */
  readonly fileLength: number | null;
  readonly compression: "none" | "gzip";
  /** By what a later change of the file is recognised; null where the kind of input has nothing like it. */
  readonly etag: string | null;
};

/** A record that is left out: it made attempts of this task fail before. `record` counts from 0 within its split, or the keys of a reduce. */
export type SkippedRecord = { readonly record: number; readonly reason: string };

/** Where the output of a committed map is: at this worker, under its attempt. */
export type MapOutputSource = { readonly task: number; readonly attempt: number; readonly origin: string };

type Common = AttemptName & { readonly description: JobDescription };

export type ListAssignment = Common & { readonly phase: "list" };
export type MapAssignment = Common & {
  readonly phase: "map";
  readonly split: InputSplit;
  readonly skip: readonly SkippedRecord[];
  readonly boundaries: readonly string[] | null;
};
export type ReduceAssignment = Common & {
  readonly phase: "reduce";
  /** All of them have to be fetched: `sources` names each once. Newer places come while it runs. */
  readonly maps: number;
  readonly sources: readonly MapOutputSource[];
  readonly skip: readonly SkippedRecord[];
};
/** `winner`: the attempt of the reduce whose output it is. `files`: as it reported them. */
export type PublishAssignment = Common & { readonly phase: "publish"; readonly winner: number; readonly files: readonly OutputFile[] };
/** `succeeded`: all parts are visible; if not, nothing of the job becomes visible any more. */
export type FinishAssignment = Common & { readonly phase: "finish"; readonly reduces: number; readonly succeeded: boolean };

export type Assignment = ListAssignment | MapAssignment | ReduceAssignment | PublishAssignment | FinishAssignment;

/** `name`: what it will be called (`part-00003`); `temporary`: what it is called until then. */
export type OutputFile = { readonly name: string; readonly temporary: string; readonly bytes: number; readonly checksum: string };
