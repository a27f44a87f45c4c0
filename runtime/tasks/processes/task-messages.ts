// What a worker and the processes of its tasks say to each other; plain JSON.
import type { Assignment, MapOutputSource } from "../../../core/mapreduce/assignment.ts";
import type { AttemptReport, FetchTrouble, Progress } from "../../../core/mapreduce/report.ts";

export type ToTask<Settings> =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "start"; readonly assignment: Assignment }
  | { readonly kind: "moved"; readonly sources: readonly MapOutputSource[] };

export type FromTask =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "trouble"; readonly trouble: FetchTrouble }
  | { readonly kind: "report"; readonly report: AttemptReport };
