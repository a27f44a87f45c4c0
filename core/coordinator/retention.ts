// Jobs that have ended do not stay for ever: the latest ones do, for some time. What they have written stays.
import type { StoreAnswer } from "./events.ts";
import type { CoordinatorState } from "./state.ts";
import type { JobView } from "./view.ts";

const LOOK_MS = 5_000;
/** However many there are: what was written at its end has arrived by then, and people have seen it. */
const LEAST_MS = 60_000;
const AT_ONCE = 4;
/** Jobs that have ended and can still be looked at task by task; of large ones fewer, but the last one always. */
const RECENT_MAX = 32;
const RECENT_TASKS_MAX = 100_000;

type Sized = { readonly tables: { readonly map: { readonly count: number }; readonly reduce: { readonly count: number } } };

/** The oldest first. A job of a hundred thousand tasks takes 35 MB. */
export function forgetTasks(recent: Map<string, Sized>): void {
  const tasksOf = ({ tables: { map, reduce } }: Sized): number => map.count + reduce.count;
  let tasks = 0;
  for (const job of recent.values()) tasks += tasksOf(job);
  for (const [id, job] of recent) {
    if (recent.size === 1 || (recent.size <= RECENT_MAX && tasks <= RECENT_TASKS_MAX)) return;
    recent.delete(id);
    tasks -= tasksOf(job);
  }
}

export function removeOldJobs(state: CoordinatorState): void {
  const { nowMs, removing, ended } = state;
  if (!state.isIndexRead || nowMs - state.oldSoughtMs < LOOK_MS) return;
  state.oldSoughtMs = nowMs;
  for (const { id, submittedAt } of oldJobs([...ended.values()], state)) {
    if (removing.size >= AT_ONCE) return;
    if (removing.has(id)) continue;
    removing.add(id);
    state.effects.push({ kind: "remove", job: id, submittedAt });
  }
}

/** The oldest first. */
export function oldJobs(
  ended: readonly JobView[],
  { retention, wallMs }: Pick<CoordinatorState, "retention" | "wallMs">,
): readonly JobView[] {
  const latestFirst = [...ended].sort((a, b) => endOf(b) - endOf(a));
  const isOld = (view: JobView, place: number): boolean => {
    const ageMs = wallMs - endOf(view);
    return ageMs >= LEAST_MS && (place >= retention.jobs || ageMs >= retention.ageMs);
  };
  return latestFirst.filter(isOld).reverse();
}

/** What could not be removed now is found again. */
export function removed(state: CoordinatorState, { job, isDone }: Omit<Extract<StoreAnswer, { readonly kind: "removed" }>, "kind">): void {
  state.removing.delete(job);
  if (!isDone) return;
  state.ended.delete(job);
  state.recent.delete(job);
  state.goneMeanwhile.add(job);
}

const endOf = ({ finishedAt, submittedAt }: JobView): number => finishedAt ?? submittedAt;
