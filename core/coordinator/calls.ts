// What is asked of a coordinator, one handler for each kind of call. A job that is being taken over is waited for.
import { done, refused } from "../base/outcome.ts";
import type { Outcome } from "../base/outcome.ts";
import { encodeRecord, newRecord } from "../mapreduce/job-record.ts";
import { descriptionKey, fenceKey, idOf, logKey, recordKey, runName } from "../mapreduce/job-keys.ts";
import type { JobDescription } from "../mapreduce/job.ts";
import { endJob } from "./advancing.ts";
import type { Call, Orders, Poll } from "./events.ts";
import { factsIn } from "./events.ts";
import { mergeOrders } from "./granting.ts";
import { answerWhenCommitted } from "./holding.ts";
import { NO_ORDERS } from "./hold.ts";
import { fill, takePoll } from "./polls.ts";
import { takeReport } from "./reports.ts";
import type { CoordinatorState, Waiting } from "./state.ts";
import { answer, isNothing, jobOf } from "./state.ts";
import type { Watched } from "./view.ts";
import { tasksOf, viewOf } from "./view.ts";

type Handler<K extends Call["kind"]> = (state: CoordinatorState, request: number, call: Extract<Call, { readonly kind: K }>) => void;
type Handlers = { readonly [K in Call["kind"]]: Handler<K> };

const JOBS_MAX = 1_000;

export const notHere = (): Outcome<never> => refused("notLeader", "another coordinator has the jobs");
export const noSuchJob = (job: string): Outcome<never> => refused("notFound", `there is no job ${job}`);

export const HANDLERS: Handlers = {
  submit: (state, request, { description, life }) => {
    const { id } = description;
    const known = state.jobs.get(id);
    if (known !== undefined) return answer(state, request, sameJob(JSON.stringify(known.description), description));
    if (state.jobs.size + state.opening.size >= JOBS_MAX)
      return answer(state, request, refused("overloaded", `${JOBS_MAX} jobs are under way; wait for one of them to end`));
    const waiting = state.waiting.get(id);
    waitFor(state, id, { request, call: { kind: "submit", description, life }, isSent: true });
    if (waiting !== undefined) return;
    const writes = [
      [descriptionKey(id), JSON.stringify(description)],
      [recordKey(id), encodeRecord(newRecord(state.wallMs, runName(id, life)))],
      // Beyond all fences of an earlier job of this id, which was removed: who still has one of those must not get through.
      [fenceKey(id), String(Math.floor(state.wallMs))],
    ] as const;
    state.effects.push({ kind: "create", job: id, writes });
  },
  list: (state, request) => {
    const views = [...state.ended.values(), ...[...state.jobs.values()].map((job) => viewOf(job, state.nowMs))];
    views.sort((a, b) => a.submittedAt - b.submittedAt || (a.id < b.id ? -1 : 1));
    answer(state, request, done({ jobs: views }));
  },
  get: (state, request, call) => {
    const { job: id } = call;
    const job = state.jobs.get(id);
    const ended = state.ended.get(id);
    if (job !== undefined)
      return answerWhenCommitted(state, request, { jobs: [id], held: { kind: "value", job: id, value: viewOf(job, state.nowMs) } });
    if (ended === undefined) return find(state, { request, call }, id);
    answer(state, request, done(ended));
  },
  watch: (state, request, call) => {
    const { job: id } = call;
    const job = state.jobs.get(id);
    const ended = state.ended.get(id);
    if (job !== undefined) {
      const value: Watched = { view: viewOf(job, state.nowMs), told: job.told };
      return answerWhenCommitted(state, request, { jobs: [id], held: { kind: "value", job: id, value } });
    }
    if (ended === undefined) return find(state, { request, call }, id);
    answer(state, request, done({ view: ended, told: 0 } satisfies Watched));
  },
  tasks: (state, request, call) => {
    const { job: id, after, limit } = call;
    const job = state.jobs.get(id) ?? state.recent.get(id);
    if (job === undefined && !state.ended.has(id)) return find(state, { request, call }, id);
    if (job === undefined) return answer(state, request, done({ tasks: [], next: null }));
    const tasks = tasksOf(job, after, limit);
    answer(state, request, done({ tasks, next: tasks.length < limit ? null : after + limit }));
  },
  logs: (state, request, call) => {
    const { job, phase, task } = call;
    load(state, { request, call }, { job, keys: [logKey(job, phase, task)] });
  },
  cancel: (state, request, call) => {
    const { job: id } = call;
    const job = state.jobs.get(id);
    if (job === undefined)
      return state.ended.has(id) ? HANDLERS.get(state, request, { kind: "get", job: id }) : find(state, { request, call }, id);
    // Once its output is being made visible it ends as it is: half of an output is what nobody asked for.
    if (!(job.record.status === "reducing" && job.tables.reduce.isDone)) endJob(state, job, { status: "cancelled", error: null });
    HANDLERS.get(state, request, { kind: "get", job: id });
  },
  poll: (state, request, { poll }) => {
    const told = takePoll(state, poll);
    const orders = mergeOrders(told, { ...NO_ORDERS, assignments: fill(state, poll) });
    if (isNothing(orders) && poll.waitMs > 0) return wait(state, request, poll);
    // One that stops goes when nothing of it is needed: the store must have where its outputs are then.
    if (poll.isStopping) answerWhenCommitted(state, request, { jobs: state.jobs.keys(), held: { kind: "orders", orders } });
    else answerOrders(state, request, orders);
  },
  report: (state, request, { report }) => {
    const { job: run } = report.report;
    const job = jobOf(state, run);
    // It has ended, or never was, or its id is another job's now: nobody wants what the attempt made.
    const verdict = job === undefined ? "discarded" : takeReport(state, job, report);
    const orders = { ...NO_ORDERS, assignments: fill(state, factsIn(report)) };
    const jobs = [run, ...orders.assignments.map((each) => each.job)].map(idOf);
    answerWhenCommitted(state, request, { jobs, held: { kind: "report", job: idOf(run), verdict, orders } });
  },
};

export function answerOrders(state: CoordinatorState, request: number, orders: Orders): void {
  const jobs = [...orders.assignments, ...orders.end, ...orders.moved, ...orders.adopt].map((each) => idOf(each.job));
  answerWhenCommitted(state, request, { jobs, held: { kind: "orders", orders } });
}

/** A worker has one question at a time: an earlier one that still waits was given up. */
function wait(state: CoordinatorState, request: number, { worker, waitMs }: Poll): void {
  const known = state.workers.get(worker);
  if (known === undefined) return;
  if (known.poll !== null) answer(state, known.poll.request, done(NO_ORDERS));
  const untilMs = state.nowMs + Math.min(waitMs, state.timing.pollMs);
  state.workers.set(worker, { ...known, poll: { request, untilMs } });
}

export function waitFor(state: CoordinatorState, id: string, waiting: Waiting): void {
  state.waiting.set(id, [...(state.waiting.get(id) ?? []), waiting]);
}

/** Submitting again what is there already is no mistake, and no second job. */
export function sameJob(stored: string, description: JobDescription): Outcome<unknown> {
  if (stored === JSON.stringify(description)) return done({ id: description.id });
  return refused("jobExists", `there is another job ${description.id}, which asks for something else`);
}

/** Nobody has told this coordinator of such a job; the store may know better. */
function find(state: CoordinatorState, waiting: Waiting, job: string): void {
  load(state, waiting, { job, keys: [descriptionKey(job)] });
}

function load(state: CoordinatorState, waiting: Waiting, { job, keys }: { readonly job: string; readonly keys: readonly string[] }): void {
  const number = state.nextLoad++;
  state.loads.set(number, waiting);
  state.effects.push({ kind: "load", job, load: number, keys });
}
