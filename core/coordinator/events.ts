// What happens to a coordinator: time passes, the store answers, somebody asks.
import type { AttemptName, Assignment, MapOutputSource } from "../mapreduce/assignment.ts";
import type { JobDescription } from "../mapreduce/job.ts";
import type { AttemptReport, FetchTrouble, Progress } from "../mapreduce/report.ts";

export type WorkerFacts = {
  /** Kept with its disk: a worker that comes back with its map outputs is the same. */
  readonly worker: string;
  /** Differs with every start of its process. */
  readonly life: string;
  readonly origin: string;
  readonly node: string | null;
  readonly slots: number;
  /** Told to end: it takes nothing new. */
  readonly isStopping: boolean;
};

export type Poll = WorkerFacts & {
  readonly running: readonly Progress[];
  readonly troubles: readonly FetchTrouble[];
  /** Map outputs that it holds whole, as far as the coordinator has not seen this life of it; else null. */
  readonly kept: readonly AttemptName[] | null;
  /** Map outputs of others that it has taken over since it last said so. */
  readonly adopted: readonly AttemptName[];
  /** Runs of jobs of which it keeps something. */
  readonly jobs: readonly string[];
  readonly waitMs: number;
};

/** What is known of a worker by whatever it sends. */
export function factsIn({ worker, life, origin, node, slots, isStopping }: WorkerFacts): WorkerFacts {
  return { worker, life, origin, node, slots, isStopping };
}

export type Report = WorkerFacts & { readonly report: AttemptReport };

/** `sources` of a reduce come grouped, because there are many: by origin, task and attempt in turns. */
export type GroupedSources = Readonly<Record<string, readonly number[]>>;
export type GrantedAssignment = Exclude<Assignment, { readonly phase: "reduce" }> | GrantedReduce;
export type GrantedReduce = Omit<Extract<Assignment, { readonly phase: "reduce" }>, "sources"> & { readonly sources: GroupedSources };

/** A map output to be copied, because the worker that has it stops. */
export type Adoption = { readonly job: string; readonly source: MapOutputSource };

export type Orders = {
  readonly assignments: readonly GrantedAssignment[];
  /** Attempts that nobody wants any more. */
  readonly end: readonly AttemptName[];
  readonly moved: readonly { readonly job: string; readonly source: MapOutputSource }[];
  readonly adopt: readonly Adoption[];
  /** Of one that stops: how many of its map outputs it should stay for, because others are about to take them. */
  readonly needed: number;
  /** Runs of jobs that have ended: whatever is kept of them can go. */
  readonly forget: readonly string[];
};

/** `accepted`: it counts, whoever says so how often. `discarded`: another one does, or nobody wants it. */
export type Verdict = "accepted" | "discarded";
export type ReportAnswer = Orders & { readonly verdict: Verdict };

export type Call =
  /** `life`: twelve hexadecimal digits, never used before; what tells the job from an earlier one of its id. */
  | { readonly kind: "submit"; readonly description: JobDescription; readonly life: string }
  | { readonly kind: "list" }
  | { readonly kind: "get"; readonly job: string }
  /** As `get`, answered by `Watched`. */
  | { readonly kind: "watch"; readonly job: string }
  | { readonly kind: "tasks"; readonly job: string; readonly after: number; readonly limit: number }
  | { readonly kind: "logs"; readonly job: string; readonly phase: "map" | "reduce" | "list"; readonly task: number }
  | { readonly kind: "cancel"; readonly job: string }
  | { readonly kind: "poll"; readonly poll: Poll }
  | { readonly kind: "report"; readonly report: Report };

/** What was asked before a `deactivated` is never answered after it: it would be taken for the answer to what is asked since. */
export type StoreAnswer =
  | { readonly kind: "indexRead"; readonly entries: readonly (readonly [job: string, value: string])[] | null }
  | { readonly kind: "indexWritten"; readonly job: string; readonly isDone: boolean }
  /** `isDone`: nothing of it is left. If not, it may be gone in part, and has to be removed again. */
  | { readonly kind: "removed"; readonly job: string; readonly isDone: boolean }
  /** `made`: the job as the store has it now, whoever made it; null: nobody knows. */
  | { readonly kind: "created"; readonly job: string; readonly made: { readonly description: string; readonly run: string } | null }
  | { readonly kind: "fenceRaised"; readonly job: string; readonly fence: number | null }
  | { readonly kind: "loaded"; readonly job: string; readonly load: number; readonly values: readonly (string | null)[] | null }
  /** `fenced`: another coordinator has the job. `unknown`: it may have happened. `tooLarge`: it has not, and never will. */
  | { readonly kind: "committed"; readonly job: string; readonly outcome: "done" | "fenced" | "unknown" | "tooLarge" };

export type CoordinatorEvent =
  | StoreAnswer
  /** Monotonic, and what people call the time. */
  | { readonly kind: "tick"; readonly nowMs: number; readonly wallMs: number }
  /** It has the lease: the jobs are its own from here on. */
  | { readonly kind: "activated" }
  | { readonly kind: "deactivated" }
  | { readonly kind: "request"; readonly request: number; readonly call: Call }
  /** Whoever asked has gone. */
  | { readonly kind: "requestClosed"; readonly request: number };
