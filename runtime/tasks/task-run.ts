// One attempt while it runs: what it has done so far, what it logged, and who wants to know.
import type { Assignment, MapOutputSource } from "../../core/mapreduce/assignment.ts";
import type { AttemptReport, AttemptResult, FetchTrouble, Progress, Work } from "../../core/mapreduce/report.ts";
import { failureOf } from "./task-problem.ts";
import { TaskLog } from "./task-log.ts";
import { Counters } from "./counters.ts";

export type RunListener = {
  readonly onProgress: (progress: Progress) => void;
  readonly onFetchTrouble: (trouble: FetchTrouble) => void;
};

const PROGRESS_MS = 250;

export class TaskRun<Kind extends Assignment = Assignment> {
  readonly assignment: Kind;
  readonly counters = new Counters();
  readonly log = new TaskLog();
  readonly #listener: RunListener;
  readonly #started = process.cpuUsage();
  #toldAt = performance.now();
  #breathedAt = performance.now();
  recordsRead = 0;
  recordsWritten = 0;
  bytesRead = 0;
  bytesWritten = 0;
  skipped = 0;
  /** Of processes that work for this one. */
  otherMemoryBytes = 0;
  otherCpuMs = 0;
  /** For a reduce: newer places of map outputs. */
  onMoved: (sources: readonly MapOutputSource[]) => void = () => undefined;

  constructor(assignment: Kind, listener: RunListener) {
    this.assignment = assignment;
    this.#listener = listener;
  }

  /** Lets everything else in this process have its turn, now and then; and tells how far the task is. */
  async breathe(fraction: number): Promise<void> {
    const now = performance.now();
    if (now - this.#toldAt >= PROGRESS_MS) {
      this.#toldAt = now;
      const { job, phase, task, attempt } = this.assignment;
      this.#listener.onProgress({ job, phase, task, attempt, fraction: Math.min(1, Math.max(0, fraction)), work: this.work() });
    }
    if (now - this.#breathedAt < PROGRESS_MS / 5) return;
    await new Promise((resolve) => void setImmediate(resolve));
    this.#breathedAt = performance.now();
  }

  trouble(source: MapOutputSource, { tries, message }: { readonly tries: number; readonly message: string }): void {
    const { job, task, attempt } = this.assignment;
    const where = { mapTask: source.task, mapAttempt: source.attempt, origin: source.origin };
    this.#listener.onFetchTrouble({ job, phase: "reduce", task, attempt, ...where, tries, message });
  }

  work(): Work {
    const { user, system } = process.cpuUsage(this.#started);
    const { recordsRead, recordsWritten, bytesRead, bytesWritten } = this;
    return {
      ...{ recordsRead, recordsWritten, bytesRead, bytesWritten },
      memoryBytes: process.resourceUsage().maxRSS * 1024 + this.otherMemoryBytes,
      cpuMs: Math.round((user + system) / 1_000 + this.otherCpuMs),
    };
  }

  report(result: AttemptResult): AttemptReport {
    const { job, phase, task, attempt } = this.assignment;
    const counters = result.kind === "failed" ? {} : this.counters.all();
    return { job, phase, task, attempt, result, work: this.work(), counters, skipped: this.skipped, log: this.log.text };
  }

  failed(error: unknown): AttemptReport {
    return this.report({ kind: "failed", failure: failureOf(error) });
  }
}
