// Answers leave when the store has what they say. Every step ends here: what changed is sent to the store, one transaction a job
// at a time, and what came meanwhile waits for the next.
import type { Outcome } from "../base/outcome.ts";
import type { HeldAnswer, Hold } from "./hold.ts";
import { outcomeOf, withoutJob } from "./hold.ts";
import type { Job } from "./job.ts";
import type { CoordinatorState } from "./state.ts";
import { answer } from "./state.ts";

/** At once, where the store has everything already. */
export function answerWhenCommitted(
  state: CoordinatorState,
  request: number,
  { jobs, held }: { readonly jobs: Iterable<string>; readonly held: HeldAnswer },
): void {
  const hold: Hold = { request, waitsFor: 0, answer: held };
  for (const id of new Set(jobs)) if (state.jobs.get(id)?.holdUntilCommitted(hold) === true) hold.waitsFor++;
  if (hold.waitsFor === 0) answer(state, request, outcomeOf(held));
}

export function flush(state: CoordinatorState): void {
  for (const job of state.jobs.values()) {
    const writes = job.takeCommit();
    if (writes !== null) state.effects.push({ kind: "commit", job: job.id, fence: job.fence, writes });
  }
}

export function release(state: CoordinatorState, job: Job): void {
  const { holds, events } = job.committed();
  for (const event of events) state.effects.push({ kind: "tell", job: job.id, event });
  for (const hold of holds) letGo(state, hold);
}

/** What became of writes that are on their way to the store, and of those that are not yet. */
type Lost = { readonly sent: Outcome<never>; readonly unsent: Outcome<never> };

/** It is not ours any more. Whoever waits hears so; what was granted of it was not. */
export function abandon(state: CoordinatorState, job: Job, outcomes: Lost): void {
  state.jobs.delete(job.id);
  const holds = job.abandon();
  for (const which of ["sent", "unsent"] as const) {
    for (const hold of holds[which]) {
      hold.answer = withoutJob(hold.answer, job.id, outcomes[which]);
      letGo(state, hold);
    }
  }
}

function letGo(state: CoordinatorState, hold: Hold): void {
  hold.waitsFor--;
  if (hold.waitsFor === 0) answer(state, hold.request, outcomeOf(hold.answer));
}
