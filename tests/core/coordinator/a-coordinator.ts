// A coordinator over a store that answers at once, for tests that care for decisions and not for delays: calls give their answer,
// or null while they wait.
import type { Outcome } from "../../../core/base/outcome.ts";
import { Coordinator } from "../../../core/coordinator/coordinator.ts";
import type { CoordinatorEffect, StoreEffect } from "../../../core/coordinator/effects.ts";
import type { Call, Orders, Poll, ReportAnswer, StoreAnswer } from "../../../core/coordinator/events.ts";
import { DEFAULT_COORDINATOR_TIMING, DEFAULT_RETENTION } from "../../../core/coordinator/state.ts";
import type { Job } from "../../../core/coordinator/job.ts";
import type { JobView } from "../../../core/coordinator/view.ts";
import type { AttemptName } from "../../../core/mapreduce/assignment.ts";
import type { JobDescription, JobOptions } from "../../../core/mapreduce/job.ts";
import { asJob, DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import type { AttemptReport, AttemptResult, Failure, InputFile } from "../../../core/mapreduce/report.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { SimulatedStore } from "../../simulation/jobs/simulated-store.ts";
import { Timeline } from "../../simulation/jobs/timeline.ts";

export const describeJob = (id = "j", options: Partial<JobOptions> = {}): JobDescription => ({
  id: asJob(id),
  program: { kind: "app", name: "word-count" },
  inputs: ["file:/in"],
  output: "file:/out",
  reduces: 2,
  splitBytes: 100,
  options: { ...DEFAULT_OPTIONS, ...options },
});

export const inputFile = (i: number, more: Partial<InputFile> = {}): InputFile => ({
  ...{ url: `file:/in/${i}`, compression: "none", etag: null, length: 50, splittable: true, nodes: [] },
  ...more,
});

export const failure = (more: Partial<Failure> = {}): Failure => ({
  reason: "threw",
  message: "no",
  record: null,
  file: null,
  offset: null,
  ...more,
});

export class ACoordinator {
  readonly store: SimulatedStore;
  readonly core: Coordinator;
  readonly told: CoordinatorEffect[] = [];
  readonly #timeline: Timeline;
  readonly #answers = new Map<number, Outcome<unknown>>();
  #request = 1;
  #lives = 0;
  nowMs = 1_000;
  /** Store effects that nobody has answered, while `holdsStore`. */
  readonly held: StoreEffect[] = [];
  holdsStore = false;

  constructor(store?: SimulatedStore, retention = DEFAULT_RETENTION) {
    this.#timeline = new Timeline(1);
    this.store = store ?? new SimulatedStore(this.#timeline);
    this.core = new Coordinator({ ...DEFAULT_COORDINATOR_TIMING }, retention);
    this.tick(0);
    this.step({ kind: "activated" });
  }

  tick(ms: number): void {
    this.nowMs += ms;
    this.step({ kind: "tick", nowMs: this.nowMs, wallMs: this.nowMs });
  }

  step(event: Parameters<Coordinator["step"]>[0]): void {
    for (const effect of this.core.step(event)) {
      if (effect.kind === "answer") this.#answers.set(effect.request, effect.outcome);
      else if (effect.kind === "tell" || effect.kind === "observe") this.told.push(effect);
      else if (this.holdsStore) this.held.push(effect);
      else this.step(this.store.applyNow(effect));
    }
  }

  /** What was held takes effect now, and is answered; or `answers` instead. */
  releaseStore(answer?: (effect: StoreEffect) => StoreAnswer): void {
    this.holdsStore = false;
    for (const effect of this.held.splice(0)) this.step(answer?.(effect) ?? this.store.applyNow(effect));
  }

  /** The number under which the answer will be. */
  ask(call: Call): number {
    const request = this.#request++;
    this.step({ kind: "request", request, call });
    return request;
  }

  answer(request: number): Outcome<unknown> | null {
    return this.#answers.get(request) ?? null;
  }

  call<T>(call: Call): T {
    const outcome = this.answer(this.ask(call));
    if (outcome?.kind !== "done") throw new Error(`${call.kind}: ${JSON.stringify(outcome)}`);
    return outcome.value as T;
  }

  submit(description = describeJob()): void {
    this.call({ kind: "submit", description, life: String(++this.#lives).padStart(12, "0") });
  }

  view(job = "j"): JobView {
    return this.call({ kind: "get", job });
  }

  job(id = "j"): Job {
    const job = this.core.state.jobs.get(id);
    if (job === undefined) throw new Error(`there is no job ${id}`);
    return job;
  }

  poll(worker: string, more: Partial<Poll> = {}): Orders {
    return this.call({
      kind: "poll",
      poll: { ...factsOf(worker), running: [], troubles: [], kept: null, adopted: [], jobs: [], waitMs: 0, ...more },
    });
  }

  report(
    worker: string,
    { job, phase, task, attempt }: AttemptName,
    given: AttemptResult | readonly [AttemptResult, Partial<AttemptReport>],
  ): ReportAnswer {
    const [result, more] = "kind" in given ? [given, {}] : given;
    const report = { job, phase, task, attempt, result, work: NO_WORK, counters: {}, skipped: 0, log: "", ...more };
    // It takes nothing new by its answer.
    return this.call({ kind: "report", report: { ...factsOf(worker), slots: 0, report } });
  }

  /** Submitted, listed and planned: as many maps as files. */
  planned(files: readonly InputFile[] = [inputFile(0), inputFile(1), inputFile(2)], description = describeJob()): this {
    this.submit(description);
    const [list] = this.poll("lister", { slots: 1 }).assignments;
    if (list === undefined) throw new Error("no list task was given out");
    this.report("lister", list, { kind: "listed", files, boundaries: null });
    return this;
  }

  /** All maps are done, by one worker; each wrote two pairs for each reduce. */
  mapped(worker = "w"): this {
    for (const { name } of this.grab(worker, 100)) this.mapDone(worker, name);
    return this;
  }

  grab(worker: string, slots: number): readonly { readonly name: AttemptName }[] {
    return this.poll(worker, { slots }).assignments.map(({ job, phase, task, attempt }) => ({ name: { job, phase, task, attempt } }));
  }

  mapDone(worker: string, name: AttemptName, more: Partial<AttemptReport> = {}): ReportAnswer {
    const result = { kind: "mapped", origin: `http://${worker}`, regionBytes: [4, 4], regionRecords: [2, 2] } as const;
    return this.report(worker, name, [result, { work: { ...NO_WORK, recordsWritten: 4 }, ...more }]);
  }

  reduceDone(worker: string, name: AttemptName, recordsRead: number): ReportAnswer {
    const file = { name: `part-${name.task}`, temporary: `part-${name.task}.${name.attempt}`, bytes: 1, checksum: "" };
    return this.report(worker, name, [{ kind: "reduced", files: [file], keys: 1 }, { work: { ...NO_WORK, recordsRead } }]);
  }
}

export const factsOf = (worker: string) => ({ worker, life: "1", origin: `http://${worker}`, node: null, slots: 2, isStopping: false });
