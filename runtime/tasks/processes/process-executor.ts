// Executes assignments in processes, as many at once as the worker has slots, and memory for: whatever a task does, the worker goes on.
import { rmSync } from "node:fs";
import type { Assignment, AttemptName, MapOutputSource } from "../../../core/mapreduce/assignment.ts";
import { attemptText } from "../../../core/mapreduce/assignment.ts";
import type { AttemptReport, AttemptResult } from "../../../core/mapreduce/report.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import type { AttemptListener, RunningAttempt, TaskExecutor } from "../executor.ts";
import type { MapOutputs } from "../map/map-outputs.ts";
import { TaskLog } from "../task-log.ts";
import { failureOf } from "../task-problem.ts";
import { AttemptQueue } from "./attempt-queue.ts";
import type { CodeFiles } from "./code-files.ts";
import type { OutputNotes } from "./output-notes.ts";
import type { FromTask } from "./task-messages.ts";
import type { TaskProgram } from "./task-process.ts";
import { TaskProcess } from "./task-process.ts";

export type ProcessExecutorOptions<Settings> = {
  readonly program: TaskProgram<Settings>;
  readonly mapOutputs: MapOutputs;
  readonly codeFiles: CodeFiles;
  readonly outputNotes: OutputNotes;
  readonly adopt: TaskExecutor["adopt"];
  /** What all processes together may use. */
  readonly memoryBytes: number;
  /** Nothing of the job is served any more. */
  readonly onForget: (job: string) => void;
};

export class ProcessExecutor<Settings> implements TaskExecutor {
  readonly #options: ProcessExecutorOptions<Settings>;
  readonly #processes = new Set<TaskProcess<Settings>>();
  readonly #running = new Map<string, Attempt<Settings>>();
  readonly #queue: AttemptQueue<Attempt<Settings>>;
  #isClosed = false;

  constructor(options: ProcessExecutorOptions<Settings>) {
    this.#options = options;
    this.#queue = new AttemptQueue(options.memoryBytes, (attempt) => this.#run(attempt));
  }

  start(assignment: Assignment, listener: AttemptListener): RunningAttempt {
    const name = attemptText(assignment);
    const attempt = new Attempt<Settings>(assignment, {
      ...listener,
      onReport: (report) => {
        this.#running.delete(name);
        this.#queue.leave(attempt);
        if (report.result.kind !== "mapped" && report.result.kind !== "reduced") this.#cleanUp(assignment);
        listener.onReport(report);
      },
    });
    this.#running.set(name, attempt);
    void this.#begin(assignment, attempt);
    return attempt;
  }

  adopt(job: string, source: MapOutputSource): Promise<boolean> {
    return this.#options.adopt(job, source);
  }

  async discard(attempt: AttemptName): Promise<void> {
    if (attempt.phase === "map") this.#options.mapOutputs.remove(attempt);
    if (attempt.phase === "reduce") await this.#options.outputNotes.discard(attempt);
  }

  async forget(job: string): Promise<void> {
    const attempts = [...this.#running.values()].filter((attempt) => attempt.job === job);
    for (const attempt of attempts) attempt.end();
    // What is killed may still write for a moment.
    await Promise.all(attempts.map(({ over }) => over));
    this.#options.onForget(job);
    this.#options.mapOutputs.removeJob(job);
    this.#options.codeFiles.forget(job);
  }

  async kept(): Promise<readonly AttemptName[]> {
    const { mapOutputs, codeFiles } = this.#options;
    const whole = mapOutputs.intact();
    mapOutputs.removeLeftovers();
    codeFiles.removeLeftovers();
    return Promise.resolve(whole.map((each) => ({ ...each, phase: "map" as const }) as AttemptName));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const attempt of [...this.#running.values()]) attempt.end();
    const processes = [...this.#processes];
    for (const each of processes) each.kill();
    await Promise.all(processes.map(({ gone }) => gone));
  }

  async #begin(assignment: Assignment, attempt: Attempt<Settings>): Promise<void> {
    try {
      const { program } = assignment.description;
      if (program.kind === "code" && (assignment.phase === "map" || assignment.phase === "reduce"))
        await this.#options.codeFiles.ensure(program.hash, assignment.job);
      if (this.#isClosed) attempt.end();
      if (!attempt.isOver) this.#queue.enter(attempt, assignment);
    } catch (error) {
      attempt.fail(error);
    }
  }

  #run(attempt: Attempt<Settings>): void {
    try {
      attempt.runIn(this.#processFor(attempt.assignment));
    } catch (error) {
      attempt.fail(error);
    }
  }

  #processFor(assignment: Assignment): TaskProcess<Settings> {
    const free = [...this.#processes].filter(({ isFree }) => isFree);
    const chosen = free.find((each) => each.fits(assignment)) ?? this.#newProcess();
    // What others hold that do nothing is held for what runs.
    const others = free.filter((each) => each !== chosen);
    let held = others.reduce((sum, { memoryBytes }) => sum + memoryBytes, this.#queue.memoryBytes);
    for (const each of others) {
      if (held <= this.#options.memoryBytes && each.fits(assignment)) continue;
      held -= each.memoryBytes;
      each.kill();
    }
    return chosen;
  }

  #newProcess(): TaskProcess<Settings> {
    const started = new TaskProcess(this.#options.program, (gone) => void this.#processes.delete(gone));
    this.#processes.add(started);
    return started;
  }

  /** What an attempt leaves behind that was killed. */
  #cleanUp({ job, phase, task, attempt }: Assignment): void {
    if (phase !== "map" && phase !== "reduce") return;
    const { mapOutputs } = this.#options;
    rmSync(mapOutputs.workOf({ job, phase, task, attempt }), { recursive: true, force: true });
    if (phase === "map") mapOutputs.removeUnfinished({ job, task, attempt });
  }
}

class Attempt<Settings> implements RunningAttempt {
  readonly assignment: Assignment;
  readonly #listener: AttemptListener;
  readonly #log = new TaskLog();
  #process: TaskProcess<Settings> | null = null;
  #work = NO_WORK;
  #isEnding = false;
  #tellOver: () => void = () => undefined;
  isOver = false;
  /** Resolves when nothing of it runs any more. */
  readonly over = new Promise<void>((resolve) => (this.#tellOver = resolve));

  constructor(assignment: Assignment, listener: AttemptListener) {
    this.assignment = assignment;
    this.#listener = listener;
  }

  get job(): string {
    return this.assignment.job;
  }

  runIn(process: TaskProcess<Settings>): void {
    this.#process = process;
    process.start(this.assignment, {
      onMessage: (message) => this.#take(message),
      onLog: (text) => this.#log.write(text),
      onEnd: ({ reason, message }) =>
        this.#report(
          this.#isEnding ? { kind: "givenBack" } : { kind: "failed", failure: { reason, message, record: null, file: null, offset: null } },
        ),
    });
  }

  fail(error: unknown): void {
    this.#report({ kind: "failed", failure: failureOf(error) });
  }

  /** Its process goes: nothing else stops code that is busy. It is over when the process is gone, which could still write until then. */
  end(): void {
    if (this.isOver || this.#isEnding) return;
    this.#isEnding = true;
    if (this.#process === null) this.#report({ kind: "givenBack" });
    else this.#process.kill();
  }

  moved(sources: Parameters<RunningAttempt["moved"]>[0]): void {
    this.#process?.moved(sources);
  }

  #take(message: FromTask): void {
    if (this.isOver) return;
    if (message.kind === "progress") {
      this.#work = message.progress.work;
      this.#listener.onProgress(message.progress);
    } else if (message.kind === "trouble") this.#listener.onFetchTrouble(message.trouble);
    else if (message.kind === "report") {
      this.#process?.release();
      this.#end({ ...message.report, log: `${this.#log.text}${message.report.log}` });
    }
  }

  #report(result: AttemptResult): void {
    const { job, phase, task, attempt } = this.assignment;
    this.#end({ job, phase, task, attempt, result, work: this.#work, counters: {}, skipped: 0, log: this.#log.text });
  }

  #end(report: AttemptReport): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#tellOver();
    this.#listener.onReport(report);
  }
}
