// The coordinator: one object, one method. It keeps nothing that matters: jobs are in the store, and any other coordinator can
// go on from there. Who holds the lease has them all; what protects a job is its fence.
import { done, unknown } from "../base/outcome.ts";
import type { JobDescription } from "../mapreduce/job.ts";
import { idOf } from "../mapreduce/job-keys.ts";
import { HANDLERS, answerOrders, noSuchJob, notHere, sameJob, waitFor } from "./calls.ts";
import type { CoordinatorEffect } from "./effects.ts";
import type { Call, CoordinatorEvent, StoreAnswer } from "./events.ts";
import { abandon, flush, release } from "./holding.ts";
import { adoptionsFor } from "./handing-over.ts";
import { NO_ORDERS } from "./hold.ts";
import { decodeLine, endedLine } from "./index-line.ts";
import type { Job } from "./job.ts";
import { lookForLosses } from "./losses.ts";
import { Opening, OPENING_LOAD } from "./opening.ts";
import { fill } from "./polls.ts";
import { forgetTasks, removed, removeOldJobs } from "./retention.ts";
import { makeRoomForMaps } from "./room.ts";
import { advance, failAsTooLarge } from "./advancing.ts";
import type { CoordinatorState, CoordinatorTiming, Retention } from "./state.ts";
import { answer, DEFAULT_COORDINATOR_TIMING, DEFAULT_RETENTION, newState } from "./state.ts";
import type { JobView } from "./view.ts";
import { viewOf } from "./view.ts";

/** Calls from before the index was read wait under this name, which no job has. */
const NO_JOB = "";
/** A worker of which nothing was heard for so long is forgotten. */
const WORKER_FORGOTTEN_MS = 600_000;
const INDEX_AGAIN_MS = 10_000;
/** A job that somebody else took is taken back after this, if the lease is still ours. */
const TAKE_BACK_MS = 3_000;

export class Coordinator {
  readonly #state: CoordinatorState;

  constructor(timing: CoordinatorTiming = DEFAULT_COORDINATOR_TIMING, retention: Retention = DEFAULT_RETENTION) {
    this.#state = newState(timing, retention);
  }

  /** For those who look and change nothing: metrics, health, invariants. */
  get state(): Readonly<CoordinatorState> {
    return this.#state;
  }

  step(event: CoordinatorEvent): readonly CoordinatorEffect[] {
    const state = this.#state;
    this.#take(event);
    for (const job of state.jobs.values()) archive(state, job);
    if (state.isActive) answerPolls(state);
    flush(state);
    const { effects } = state;
    state.effects = [];
    return effects;
  }

  #take(event: CoordinatorEvent): void {
    const state = this.#state;
    switch (event.kind) {
      case "tick":
        return this.#tick(event.nowMs, event.wallMs);
      case "activated":
        state.isActive = true;
        return readIndex(state);
      case "deactivated":
        return deactivate(state);
      case "request":
        return take(state, event.request, event.call);
      case "requestClosed":
        for (const [id, worker] of state.workers)
          if (worker.poll?.request === event.request) state.workers.set(id, { ...worker, poll: null });
        return;
      case "indexRead":
      case "indexWritten":
      case "removed":
      case "created":
      case "fenceRaised":
      case "loaded":
      case "committed":
        if (state.isActive) this.#stored(event);
        return;
    }
  }

  #tick(nowMs: number, wallMs: number): void {
    const state = this.#state;
    state.nowMs = nowMs;
    state.wallMs = wallMs;
    if (!state.isActive) return;
    lookForLosses(state);
    makeRoomForMaps(state);
    removeOldJobs(state);
    if (state.isIndexRead && nowMs - state.indexReadMs > INDEX_AGAIN_MS) {
      state.indexReadMs = nowMs;
      readIndex(state);
    }
    for (const [job, sinceMs] of state.strays) {
      if (nowMs - sinceMs < TAKE_BACK_MS) continue;
      state.strays.delete(job);
      open(state, job);
    }
    for (const [id, { seenMs, poll }] of state.workers) {
      if (poll !== null || nowMs - seenMs <= WORKER_FORGOTTEN_MS) continue;
      state.workers.delete(id);
      state.unwanted.delete(id);
    }
  }

  #stored(event: StoreAnswer): void {
    const state = this.#state;
    switch (event.kind) {
      case "indexRead":
        return indexRead(state, event.entries);
      case "indexWritten": {
        const view = state.ended.get(event.job);
        if (!event.isDone && view !== undefined) writeEnded(state, view);
        return;
      }
      case "removed":
        removed(state, event);
        return takeWaiting(state, event.job);
      case "created":
        return created(state, event);
      case "fenceRaised": {
        const opening = state.opening.get(event.job);
        if (opening !== undefined) state.effects.push(event.fence === null ? opening.begin() : opening.fenceRaised(event.fence));
        return;
      }
      case "loaded":
        return event.load === OPENING_LOAD ? loaded(state, event) : loadedForCall(state, event);
      case "committed":
        return committed(state, event);
    }
  }
}

function take(state: CoordinatorState, request: number, call: Call): void {
  if (!state.isActive) return answer(state, request, notHere());
  const id =
    call.kind === "submit" ? call.description.id : call.kind === "report" ? idOf(call.report.report.job) : "job" in call ? call.job : null;
  if (call.kind !== "poll") {
    if (!state.isIndexRead) return waitFor(state, NO_JOB, { request, call });
    if (id !== null && (state.opening.has(id) || state.strays.has(id) || state.removing.has(id)))
      return waitFor(state, id, { request, call });
  }
  (HANDLERS[call.kind] as (state: CoordinatorState, request: number, call: Call) => void)(state, request, call);
}

function takeWaiting(state: CoordinatorState, id: string): void {
  const waiting = state.waiting.get(id) ?? [];
  state.waiting.delete(id);
  for (const { request, call } of waiting) take(state, request, call);
}

/** One at a time. */
function readIndex(state: CoordinatorState): void {
  if (state.isReadingIndex) return;
  state.isReadingIndex = true;
  state.goneMeanwhile.clear();
  state.effects.push({ kind: "readIndex" });
}

function indexRead(state: CoordinatorState, entries: Extract<StoreAnswer, { readonly kind: "indexRead" }>["entries"]): void {
  state.isReadingIndex = false;
  if (entries === null) return readIndex(state);
  state.indexReadMs = state.nowMs;
  for (const [job, value] of entries) {
    if (state.goneMeanwhile.has(job)) continue;
    const line = decodeLine(value);
    if (line.ended) state.ended.set(job, { run: job, ...line.view });
    else if (!state.ended.has(job) && !state.strays.has(job)) open(state, job);
  }
  state.isIndexRead = true;
  takeWaiting(state, NO_JOB);
}

function open(state: CoordinatorState, job: string): void {
  if (state.jobs.has(job) || state.opening.has(job)) return;
  const opening = new Opening(job, state.nowMs);
  state.opening.set(job, opening);
  state.effects.push(opening.begin());
}

function created(state: CoordinatorState, { job: id, made }: Extract<StoreAnswer, { readonly kind: "created" }>): void {
  const waiting = state.waiting.get(id) ?? [];
  state.waiting.delete(id);
  // An earlier job of its id may be listed yet, whose removal somebody has not brought to its end.
  if (made !== null && state.ended.get(id)?.run !== made.run) {
    removed(state, { job: id, isDone: true });
    open(state, id);
  }
  for (const { request, call } of waiting) {
    if (call.kind !== "submit") take(state, request, call);
    else answer(state, request, made === null ? unknown("deadline") : sameJob(made.description, call.description as JobDescription));
  }
}

function loaded(state: CoordinatorState, { job: id, values }: Extract<StoreAnswer, { readonly kind: "loaded" }>): void {
  const opening = state.opening.get(id);
  if (opening === undefined) return;
  if (values === null) return void state.effects.push(opening.begin());
  const next = opening.loaded(values);
  if (next.kind === "effect") return void state.effects.push(next.effect);
  state.opening.delete(id);
  if (next.kind === "job") {
    const { job } = next;
    state.jobs.set(id, job);
    job.revive(state.nowMs);
    for (const worker of state.workers.values()) job.meet(worker);
    if (state.oversized.delete(id)) failAsTooLarge(state, job);
    advance(state, job);
    // What was told of it before may have been lost with a write of which nobody knows whether it was done.
    state.effects.push({ kind: "tell", job: id, event: { type: "job", fields: viewOf(job, state.nowMs), number: 0 } });
    state.effects.push({ kind: "observe", observation: { kind: "takenOver", job: id, tookMs: state.nowMs - opening.beganMs } });
  }
  takeWaiting(state, id);
}

function loadedForCall(state: CoordinatorState, { job, load, values }: Extract<StoreAnswer, { readonly kind: "loaded" }>): void {
  const waiting = state.loads.get(load);
  if (waiting === undefined) return;
  state.loads.delete(load);
  const { request, call } = waiting;
  const value = values?.[0];
  if (value === undefined) return answer(state, request, unknown("deadline"));
  if (call.kind === "logs") return answer(state, request, done({ log: value ?? "" }));
  if (value === null) return answer(state, request, noSuchJob(job));
  // There is such a job, made by a coordinator that did not know yet that it had lost the lease.
  if (!state.jobs.has(job) && !state.ended.has(job)) open(state, job);
  take(state, request, call);
}

function committed(state: CoordinatorState, { job: id, outcome }: Extract<StoreAnswer, { readonly kind: "committed" }>): void {
  const job = state.jobs.get(id);
  if (job === undefined) return;
  if (outcome === "done") return release(state, job);
  const lost = outcome === "fenced" ? notHere() : unknown("deadline");
  abandon(state, job, { sent: lost, unsent: lost });
  if (outcome === "tooLarge") state.oversized.add(id);
  if (outcome !== "fenced") return open(state, id);
  state.effects.push({ kind: "observe", observation: { kind: "fenced", job: id } });
  state.strays.set(id, state.nowMs);
}

/** It has ended, is cleaned up, and the store has that: only its line in the index is left to be written. */
function archive(state: CoordinatorState, job: Job): void {
  if (!job.record.isCleaned || !job.isSettled) return;
  const view = viewOf(job, state.nowMs);
  state.jobs.delete(job.id);
  state.ended.set(job.id, view);
  state.recent.set(job.id, job);
  forgetTasks(state.recent);
  writeEnded(state, view);
}

function writeEnded(state: CoordinatorState, view: JobView): void {
  state.effects.push({ kind: "writeIndex", job: view.id, run: view.run, value: endedLine(view) });
}

/** Whoever waits for something to do gets it as soon as there is something, and an empty answer when its time is over. */
function answerPolls(state: CoordinatorState): void {
  for (const [id, worker] of state.workers) {
    const { poll, ...facts } = worker;
    if (poll === null) continue;
    const end = state.unwanted.get(id) ?? [];
    const assignments = fill(state, facts);
    const adopt = adoptionsFor(state, facts);
    if (assignments.length + end.length + adopt.length === 0 && state.nowMs < poll.untilMs) continue;
    state.unwanted.delete(id);
    state.workers.set(id, { ...worker, poll: null });
    answerOrders(state, poll.request, { ...NO_ORDERS, assignments, end, adopt });
  }
}

/** Another coordinator has the jobs now. What this one has sent to the store may be done all the same. */
function deactivate(state: CoordinatorState): void {
  const sent = unknown("leadershipLost");
  for (const { poll } of state.workers.values()) if (poll !== null) answer(state, poll.request, notHere());
  for (const waiting of state.waiting.values())
    for (const { request, isSent } of waiting) answer(state, request, isSent === true ? sent : notHere());
  for (const { request } of state.loads.values()) answer(state, request, notHere());
  for (const job of [...state.jobs.values()]) abandon(state, job, { sent, unsent: notHere() });
  Object.assign(state, newState(state.timing, state.retention), { nowMs: state.nowMs, wallMs: state.wallMs, effects: state.effects });
}
