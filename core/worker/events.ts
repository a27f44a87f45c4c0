// What happens to a worker, and what it asks its host for.
import type { Outcome } from "../base/outcome.ts";
import type { Orders, Poll, Report, ReportAnswer } from "../coordinator/events.ts";
import type { Assignment, AttemptName, MapOutputSource } from "../mapreduce/assignment.ts";
import type { AttemptReport, FetchTrouble, Progress } from "../mapreduce/report.ts";

/** An answer of a coordinator; `leader`: whom it names instead of itself. */
export type Answered<T> = { readonly outcome: Outcome<T>; readonly leader: string | null };

export type WorkerEvent =
  | { readonly kind: "tick"; readonly nowMs: number }
  /** What its disk holds from earlier lives. */
  | { readonly kind: "started"; readonly kept: readonly AttemptName[] }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "fetchTrouble"; readonly trouble: FetchTrouble }
  | { readonly kind: "finished"; readonly report: AttemptReport }
  /** A map output of another worker is here, whole; or could not be had. */
  | { readonly kind: "adopted"; readonly name: AttemptName; readonly isDone: boolean }
  | { readonly kind: "polled"; readonly answer: Answered<Orders> }
  | { readonly kind: "reported"; readonly name: AttemptName; readonly answer: Answered<ReportAnswer> }
  | { readonly kind: "stop" };

export type WorkerEffect =
  /** One at a time. */
  | { readonly kind: "poll"; readonly to: string; readonly poll: Poll }
  | { readonly kind: "report"; readonly to: string; readonly report: Report }
  | { readonly kind: "start"; readonly assignment: Assignment }
  | { readonly kind: "end"; readonly name: AttemptName }
  | { readonly kind: "moved"; readonly name: AttemptName; readonly source: MapOutputSource }
  | { readonly kind: "adopt"; readonly job: string; readonly source: MapOutputSource }
  | { readonly kind: "discard"; readonly name: AttemptName }
  | { readonly kind: "forget"; readonly job: string }
  /** Everything is given back or reported: the process may end. */
  | { readonly kind: "stopped" };
