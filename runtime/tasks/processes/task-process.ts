// A process that executes assignments, one at a time, seen from the worker.
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import type { Assignment, MapOutputSource } from "../../../core/mapreduce/assignment.ts";
import type { Failure } from "../../../core/mapreduce/report.ts";
import { attemptMemory, PROCESS_BYTES_LEAST, processMemory } from "../../../core/mapreduce/task-memory.ts";
import { processUse } from "../sandbox/process-use.ts";
import { CALL_TOOK_TOO_LONG } from "./call-watch.ts";
import type { FromTask, ToTask } from "./task-messages.ts";

export type TaskProgram<Settings> = {
  readonly path: string;
  readonly settings: Settings;
  /** Of the process; job code without isolation sees it. */
  readonly environment: Readonly<Record<string, string>>;
};

export type TaskListener = {
  readonly onMessage: (message: FromTask) => void;
  /** What the process printed. */
  readonly onLog: (text: string) => void;
  /** It has ended while it had an assignment. */
  readonly onEnd: (failure: Pick<Failure, "reason" | "message">) => void;
};

/**
 * What a task makes for a moment is in arrays outside of V8's heap, and is let go when V8 collects young objects: with the sixteen
 * megabytes that it gives them by itself, a process that has had some tasks holds twice as much as it needs, and is no faster.
 */
const EXEC_ARGUMENTS = ["--no-warnings", "--max-semi-space-size=1"];
const LOOK_MS = 200;
/** What it printed last may still come. Processes that it started may hold its pipes for as long as they like. */
const LAST_WORDS_MS = 500;
const REUSABLE_MEMORY_FACTOR = 0.8;
const MIB = 1 << 20;

export class TaskProcess<Settings> {
  readonly #child: ChildProcess;
  /** Resolves when it has ended. */
  readonly gone: Promise<void>;
  #listener: TaskListener | null = null;
  #report: FromTask | null = null;
  /** What it and its sandbox may use, also after an attempt: they are kept for the next. */
  memoryBytes = PROCESS_BYTES_LEAST;
  #memoryBytesMax = 0;
  #callMsMax = 0;
  #hasLoadedCode = false;
  #isTooLarge = false;
  #isKilled = false;
  #hasEnded = false;

  constructor({ path, settings, environment }: TaskProgram<Settings>, onGone: (process: TaskProcess<Settings>) => void) {
    this.#child = fork(path, [], { env: { ...environment }, execArgv: EXEC_ARGUMENTS, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const log of [this.#child.stdout, this.#child.stderr])
      log?.setEncoding("utf8").on("data", (text: string) => this.#listener?.onLog(text));
    this.#child.on("message", (message) => this.#take(message as FromTask));
    this.#child.on("error", () => undefined); // `close` follows
    const looking = setInterval(() => this.#look(), LOOK_MS);
    looking.unref();
    this.gone = this.#untilGone().then(([code, signal]) => {
      clearInterval(looking);
      this.#hasEnded = true;
      onGone(this);
      this.#tellReport();
      this.#listener?.onEnd(this.#failure(code, signal));
      this.#listener = null;
    });
    this.#send({ kind: "settings", settings });
  }

  get isFree(): boolean {
    return this.#listener === null && !this.#hasEnded && !this.#isKilled;
  }

  /** Whether what code of earlier assignments has left in memory leaves enough for this one. */
  fits({ description }: Assignment): boolean {
    return this.#leavesRoomIn(processMemory(description));
  }

  start(assignment: Assignment, listener: TaskListener): void {
    this.#listener = listener;
    const { program, options } = assignment.description;
    const { recordTimeoutMs, isolation } = options;
    this.#hasLoadedCode ||= program.kind === "code" && isolation === "none";
    this.#memoryBytesMax = processMemory(assignment.description);
    this.memoryBytes = attemptMemory(assignment);
    this.#callMsMax = recordTimeoutMs;
    this.#send({ kind: "start", assignment });
  }

  moved(sources: readonly MapOutputSource[]): void {
    this.#send({ kind: "moved", sources });
  }

  /** The assignment is over; the next may come, unless what the code of this one has left in memory would make even its like fail. */
  release(): void {
    this.#listener = null;
    this.#report = null;
    if (!this.#leavesRoomIn(this.#memoryBytesMax)) this.kill();
  }

  /** `gone` says when nothing of it runs any more. */
  kill(): void {
    this.#isKilled = true;
    this.#child.kill("SIGKILL");
  }

  /** What was printed before the report comes by another way, and may be read after it: by the end of this round of the loop it has been. */
  #take(message: FromTask): void {
    if (message.kind !== "report") return this.#listener?.onMessage(message);
    this.#report = message;
    setImmediate(() => this.#tellReport());
  }

  #tellReport(): void {
    const report = this.#report;
    this.#report = null;
    if (report !== null) this.#listener?.onMessage(report);
  }

  #leavesRoomIn(memoryBytesMax: number): boolean {
    if (!this.#hasLoadedCode) return true;
    const use = processUse(this.#child.pid ?? 0);
    return use === null || use.memoryBytes <= REUSABLE_MEMORY_FACTOR * memoryBytesMax;
  }

  #untilGone(): Promise<readonly [code: number | null, signal: string | null]> {
    return new Promise((resolve) => {
      this.#child.once("exit", (...how: [number | null, string | null]) => void setTimeout(() => resolve(how), LAST_WORDS_MS).unref());
      this.#child.once("close", (...how: [number | null, string | null]) => resolve(how));
    });
  }

  #send(message: ToTask<Settings>): void {
    if (this.#child.connected) this.#child.send(message, () => undefined); // a process that has ended says so by `close`
  }

  #look(): void {
    if (this.#listener === null) return;
    const use = processUse(this.#child.pid ?? 0);
    if (use === null || use.memoryBytes <= this.#memoryBytesMax) return;
    this.#isTooLarge = true;
    this.kill();
  }

  #failure(code: number | null, signal: string | null): Pick<Failure, "reason" | "message"> {
    if (this.#isTooLarge)
      return { reason: "outOfMemory", message: `the task's process uses more than ${String(this.#memoryBytesMax / MIB)} MiB` };
    if (signal === CALL_TOOK_TOO_LONG)
      return { reason: "timedOut", message: `a call of the code took more than ${String(this.#callMsMax)} ms` };
    if (signal === "SIGABRT") return { reason: "outOfMemory", message: "the task's process ran out of memory" };
    return { reason: "crashed", message: `the task's process ended ${signal === null ? `with code ${String(code)}` : `by ${signal}`}` };
  }
}
