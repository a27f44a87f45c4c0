// The worker: takes attempts from whichever coordinator has the jobs, says how they stand, and reports each until somebody has
// said what becomes of it. It decides nothing about jobs; what it does not hear of any more it goes on with.
import type { Orders, Poll, ReportAnswer, WorkerFacts } from "../coordinator/events.ts";
import { factsIn } from "../coordinator/events.ts";
import type { Assignment, AttemptName, MapOutputSource } from "../mapreduce/assignment.ts";
import { attemptText } from "../mapreduce/assignment.ts";
import type { AttemptReport, FetchTrouble, Progress } from "../mapreduce/report.ts";
import { NO_WORK } from "../mapreduce/report.ts";
import { attemptMemory, PROCESS_BYTES_LEAST } from "../mapreduce/task-memory.ts";
import type { Answered, WorkerEffect, WorkerEvent } from "./events.ts";

export type WorkerOptions = Omit<WorkerFacts, "isStopping"> & {
  /** Where coordinators are; others may be named by them. */
  readonly coordinators: readonly string[];
  /** What all attempts together may use. */
  readonly memoryBytes: number;
};

type Attempt = {
  readonly assignment: Assignment;
  progress: Progress;
  /** By map task, the latest. */
  readonly troubles: Map<number, FetchTrouble>;
  /** It is over, and nobody has said yet what becomes of it. */
  report: AttemptReport | null;
  isBeingReported: boolean;
  reportedTo: string;
  againMs: number;
};

/** A coordinator that stands still is given up some seconds after that; while there is a job, no longer than that is lost. */
const WAIT_MS = { inJob: 1_000, idle: 5_000 };
const PAUSE_MS = { first: 50, longest: 1_000 };
/** What a report is refused as that makes no sense to a coordinator, or is too long for it. */
const NEVER_TAKEN: readonly string[] = ["badRequest", "tooLarge"];

export class Worker {
  readonly #options: WorkerOptions;
  readonly #attempts = new Map<string, Attempt>();
  readonly #jobs = new Set<string>();
  #kept: readonly AttemptName[] | null = null;
  /** Taken over from others, and not said yet. */
  #adopted: readonly AttemptName[] = [];
  /** Of these as many are in the question that is under way. */
  #adoptedSaid = 0;
  /** Of its outputs, those that others are about to take. */
  #needed = 0;
  /** What the latest attempt may use: the next one is most often like it. */
  #attemptBytes = PROCESS_BYTES_LEAST;
  #nowMs = 0;
  #coordinator = 0;
  /** Named by another one. */
  #leader: string | null = null;
  #pauseMs = PAUSE_MS.first;
  #pollAtMs = 0;
  #isStarted = false;
  #isPolling = false;
  /** Who has the question that is under way. */
  #polledAt = "";
  #isStopping = false;
  #isStopped = false;
  /** Its last question tells that it is stopping; and it was answered. */
  #saysSo = false;
  #hasSaidSo = false;
  /** So often it was told to nobody. */
  #saidInVain = 0;
  #effects: WorkerEffect[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  get running(): readonly Assignment[] {
    return [...this.#attempts.values()].filter(({ report }) => report === null).map(({ assignment }) => assignment);
  }

  /** Of the processes of all that runs, as far as they have said. */
  get memoryBytes(): number {
    const running = [...this.#attempts.values()].filter(({ report }) => report === null);
    return running.reduce((sum, { progress }) => sum + progress.work.memoryBytes, 0);
  }

  step(event: WorkerEvent): readonly WorkerEffect[] {
    this.#take(event);
    this.#sendReports();
    this.#poll();
    if (this.#isStopping && !this.#isStopped && this.#attempts.size === 0 && this.#mayLeave) {
      this.#isStopped = true;
      this.#effects.push({ kind: "stopped" });
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Where no coordinator answers, nobody misses one that has nothing to give back. */
  get #mayLeave(): boolean {
    return (this.#hasSaidSo && this.#needed === 0) || this.#saidInVain >= this.#options.coordinators.length;
  }

  #take(event: WorkerEvent): void {
    switch (event.kind) {
      case "tick":
        this.#nowMs = event.nowMs;
        return;
      case "started":
        this.#isStarted = true;
        this.#kept = event.kept;
        for (const { job } of event.kept) this.#jobs.add(job);
        return;
      case "progress": {
        const attempt = this.#attempts.get(attemptText(event.progress));
        if (attempt !== undefined) attempt.progress = event.progress;
        return;
      }
      case "fetchTrouble": {
        const troubles = this.#attempts.get(attemptText(event.trouble))?.troubles;
        // What is said again and again would be lost in the end, and run anew, although somebody has it.
        if (event.trouble.tries === 0) troubles?.delete(event.trouble.mapTask);
        else troubles?.set(event.trouble.mapTask, event.trouble);
        return;
      }
      case "finished": {
        const attempt = this.#attempts.get(attemptText(event.report));
        if (attempt === undefined || attempt.report !== null) return;
        attempt.report = event.report;
        attempt.troubles.clear();
        return;
      }
      case "adopted":
        if (!event.isDone) return;
        this.#adopted = [...this.#adopted, event.name];
        // The job may have been forgotten meanwhile: it will be again.
        this.#jobs.add(event.name.job);
        return;
      case "polled":
        return this.#polled(event.answer);
      case "reported":
        return this.#reported(event.name, event.answer);
      case "stop":
        this.#isStopping = true;
        for (const { assignment, report } of this.#attempts.values())
          if (report === null) this.#effects.push({ kind: "end", name: nameOf(assignment) });
        return;
    }
  }

  #polled({ outcome, leader }: Answered<Orders>): void {
    this.#isPolling = false;
    if (outcome.kind !== "done") {
      if (this.#saysSo) this.#saidInVain++;
      return this.#lookElsewhere(this.#polledAt, leader);
    }
    this.#kept = null;
    this.#adopted = this.#adopted.slice(this.#adoptedSaid);
    this.#hasSaidSo = this.#saysSo;
    this.#needed = outcome.value.needed;
    this.#heard();
    // This one has the jobs. Another, with which a report lies, may stand still, and the answer would be waited for in vain.
    for (const attempt of this.#attempts.values()) attempt.isBeingReported &&= attempt.reportedTo === this.#polledAt;
    this.#obey(outcome.value);
  }

  #reported(name: AttemptName, { outcome, leader }: Answered<ReportAnswer>): void {
    const attempt = this.#attempts.get(attemptText(name));
    if (attempt === undefined) return;
    attempt.isBeingReported = false;
    if (outcome.kind !== "done") {
      if (outcome.kind === "refused" && NEVER_TAKEN.includes(outcome.refusal.code)) return this.#notTaken(attempt, outcome.refusal.message);
      attempt.againMs = this.#nowMs + this.#pauseMs;
      return this.#lookElsewhere(attempt.reportedTo, leader);
    }
    this.#heard();
    this.#settle(name, outcome.value.verdict);
    this.#obey(outcome.value);
  }

  /** Sent again it would be refused again: its coordinator hears that instead, or would give the task out again and again. */
  #notTaken(attempt: Attempt, why: string): void {
    const name = nameOf(attempt.assignment);
    if (attempt.report?.result.kind === "failed") return this.#settle(name, "discarded");
    const failure = { reason: "internal", message: `its report is not taken: ${why}`, record: null, file: null, offset: null } as const;
    attempt.report = { ...name, result: { kind: "failed", failure }, work: NO_WORK, counters: {}, skipped: 0, log: "" };
  }

  #settle(name: AttemptName, verdict: ReportAnswer["verdict"]): void {
    this.#attempts.delete(attemptText(name));
    const makesOutput = name.phase === "map" || name.phase === "reduce";
    if (verdict === "discarded" && makesOutput) this.#effects.push({ kind: "discard", name });
  }

  #obey({ assignments, end, moved, adopt, forget }: Orders): void {
    for (const granted of assignments)
      this.#begin(granted.phase === "reduce" ? { ...granted, sources: ungrouped(granted.sources) } : granted);
    for (const name of end) {
      const attempt = this.#attempts.get(attemptText(name));
      if (attempt !== undefined && attempt.report === null) this.#effects.push({ kind: "end", name });
    }
    for (const { job, source } of moved) {
      for (const { assignment, troubles, report } of this.#attempts.values()) {
        if (assignment.job !== job || assignment.phase !== "reduce" || report !== null || !troubles.delete(source.task)) continue;
        this.#effects.push({ kind: "moved", name: nameOf(assignment), source });
      }
    }
    for (const { job, source } of adopt) {
      this.#jobs.add(job);
      this.#effects.push({ kind: "adopt", job, source });
    }
    for (const job of forget) {
      if (!this.#jobs.delete(job)) continue;
      this.#effects.push({ kind: "forget", job });
    }
  }

  #begin(assignment: Assignment): void {
    const name = nameOf(assignment);
    if (this.#attempts.has(attemptText(name))) return;
    this.#jobs.add(assignment.job);
    const bytes = attemptMemory(assignment);
    if (bytes <= this.#options.memoryBytes) this.#attemptBytes = bytes;
    const progress = { ...name, fraction: 0, work: NO_WORK };
    const attempt: Attempt = {
      assignment,
      progress,
      troubles: new Map(),
      report: null,
      isBeingReported: false,
      reportedTo: "",
      againMs: 0,
    };
    this.#attempts.set(attemptText(name), attempt);
    if (!this.#isStopping) this.#effects.push({ kind: "start", assignment });
    else attempt.report = { ...name, result: { kind: "givenBack" }, work: NO_WORK, counters: {}, skipped: 0, log: "" };
  }

  #sendReports(): void {
    for (const attempt of this.#attempts.values()) {
      const { report, isBeingReported, againMs } = attempt;
      if (report === null || isBeingReported || this.#nowMs < againMs) continue;
      attempt.isBeingReported = true;
      attempt.reportedTo = this.#target;
      this.#effects.push({ kind: "report", to: attempt.reportedTo, report: { ...this.#facts, report } });
    }
  }

  #poll(): void {
    if (!this.#isStarted || this.#isPolling || this.#isStopped || this.#nowMs < this.#pollAtMs) return;
    this.#isPolling = true;
    this.#saysSo = this.#isStopping;
    this.#adoptedSaid = this.#adopted.length;
    const attempts = [...this.#attempts.values()];
    const poll: Poll = {
      ...this.#facts,
      running: attempts.map(({ progress }) => progress),
      troubles: attempts.flatMap(({ troubles }) => [...troubles.values()]),
      kept: this.#kept,
      adopted: this.#adopted,
      jobs: [...this.#jobs],
      waitMs: this.#isStopping ? 0 : attempts.length > 0 || this.#jobs.size > 0 ? WAIT_MS.inJob : WAIT_MS.idle,
    };
    this.#pollAtMs = this.#isStopping ? this.#nowMs + PAUSE_MS.first : this.#nowMs;
    this.#polledAt = this.#target;
    this.#effects.push({ kind: "poll", to: this.#polledAt, poll });
  }

  get #facts(): WorkerFacts {
    return factsIn({ ...this.#options, slots: this.#slots, isStopping: this.#isStopping });
  }

  /** Those that it has memory for. What is given to it beyond that waits, and could run elsewhere. One that does nothing takes whatever comes. */
  get #slots(): number {
    const { slots, memoryBytes } = this.#options;
    const taken = this.running.reduce((sum, assignment) => sum + attemptMemory(assignment), 0);
    const more = Math.max(0, Math.floor((memoryBytes - taken) / this.#attemptBytes));
    return Math.min(slots, Math.max(1, this.#attempts.size + more));
  }

  get #target(): string {
    const { coordinators } = this.#options;
    return this.#leader ?? coordinators[this.#coordinator % coordinators.length] ?? "";
  }

  #heard(): void {
    this.#pauseMs = PAUSE_MS.first;
  }

  /** Of several questions that the same one leaves unanswered only the first moves on: of two coordinators, two steps lead back. */
  #lookElsewhere(asked: string, leader: string | null): void {
    this.#pollAtMs = this.#nowMs + this.#pauseMs;
    if (asked !== this.#target) return;
    if (leader === null || leader === this.#leader) {
      this.#leader = null;
      this.#coordinator++;
      // The next in the list may be the one that was named, and has just not answered.
      if (this.#target === asked) this.#coordinator++;
    } else this.#leader = leader;
    this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS.longest);
  }
}

const nameOf = ({ job, phase, task, attempt }: AttemptName): AttemptName => ({ job, phase, task, attempt });

function ungrouped(groups: Readonly<Record<string, readonly number[]>>): readonly MapOutputSource[] {
  const sources: MapOutputSource[] = [];
  for (const [origin, numbers] of Object.entries(groups)) {
    for (let i = 0; i + 1 < numbers.length; i += 2) sources.push({ task: numbers[i] ?? 0, attempt: numbers[i + 1] ?? 0, origin });
  }
  return sources;
}
