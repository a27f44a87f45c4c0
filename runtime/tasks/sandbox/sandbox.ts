// A process that runs job code, seen from the worker: what is sent to it, what comes back, and how it ended. It serves one attempt after the
// other of one job; an attempt that failed was its last.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { FailureReason } from "../../../core/mapreduce/report.ts";
import { FAILURES } from "../../../core/mapreduce/report.ts";
import { problemOf, TaskProblem } from "../task-problem.ts";
import type { SandboxFailure, SandboxResult } from "./frames.ts";
import { FrameAssembler, frameHeader, FROM_SANDBOX, TO_SANDBOX } from "./frames.ts";
import { processUse } from "./process-use.ts";
import type { SandboxPlan } from "./sandbox-plan.ts";
import type { WatchLimits } from "./watch.ts";

/** Where the program is, and what it may read: itself. */
export type SandboxProgram = { readonly path: string; readonly readable: readonly string[] };

export type SandboxAttempt = {
  readonly plan: SandboxPlan;
  readonly bundle: string;
  /** Frames with what the code made; they are valid until it returns. */
  readonly onFrame: (kind: number, payload: Buffer) => void;
  readonly onLog: (text: string) => void;
};

type Use = { readonly memoryBytes: number; readonly cpuMs: number };

const MIB = 1 << 20;
/** The watch inside looks fifty times a second; this is for a sandbox that has lost its watch. */
const LOOK_MS = 100;
const MEMORY_FACTOR = 1.25;
const MEMORY_FACTOR_MAX = 2;
/** What earlier attempts left in memory must not be what fails a later one. */
const REUSABLE_MEMORY_FACTOR = 0.6;
/** V8 would take several times as much for what is young, and give nothing back. */
const YOUNG_MIB = 8;
const NO_USE: Use = { memoryBytes: 0, cpuMs: 0 };

export class Sandbox {
  readonly #limits: WatchLimits;
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #ended: Promise<void>;
  #attempt: SandboxAttempt | null = null;
  #finished: () => void = () => undefined;
  #result: SandboxResult | null = null;
  #problem: TaskProblem | null = null;
  #lastWords = "";
  /** Who waits until what was sent is written. */
  readonly #senders = new Set<() => void>();
  #isLoaded = false;
  #hasEnded = false;
  #memoryBytes = 0;
  #wasOver = false;
  #before = NO_USE;
  #now = NO_USE;

  constructor(program: SandboxProgram, limits: WatchLimits) {
    this.#limits = limits;
    const heap = String(Math.max(16, Math.floor(limits.memoryBytes / MIB)));
    const permissions = ["--permission", "--allow-worker", ...program.readable.map((path) => `--allow-fs-read=${path}`)];
    const memory = [`--max-old-space-size=${heap}`, `--max-semi-space-size=${String(YOUNG_MIB)}`];
    this.#child = spawn(process.execPath, [...permissions, ...memory, "--no-warnings", program.path], {
      env: {},
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
    });
    const [, out, err, input, output, lastWords] = this.#child.stdio as unknown as [null, Readable, Readable, Writable, Readable, Readable];
    this.#input = input;
    for (const log of [out, err]) log.setEncoding("utf8").on("data", (text: string) => this.#attempt?.onLog(text));
    const frames = new FrameAssembler((kind, payload) => this.#take(kind, payload));
    output.on("data", (piece: Buffer) => this.#guarded(() => frames.push(piece)));
    lastWords.setEncoding("utf8").on("data", (text: string) => void (this.#lastWords += text));
    input.on("error", () => undefined); // it has ended; why is known soon
    this.#ended = this.#untilEnded();
    this.#send(TO_SANDBOX.limits, Buffer.from(JSON.stringify(limits)));
  }

  begin(attempt: SandboxAttempt): void {
    this.#attempt = attempt;
    this.#result = null;
    this.#isLoaded = false;
    this.#before = this.#now = processUse(this.#child.pid ?? 0) ?? NO_USE;
    this.#memoryBytes = this.#before.memoryBytes;
    this.#send(TO_SANDBOX.plan, Buffer.from(JSON.stringify(attempt.plan)));
    this.#send(TO_SANDBOX.code, Buffer.from(attempt.bundle));
  }

  /** Of the attempt, at most so far. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  get cpuMs(): number {
    return this.#now.cpuMs - this.#before.cpuMs;
  }

  /** Whether another attempt may follow. */
  get isReusable(): boolean {
    if (this.#hasEnded || this.#problem !== null || this.#result?.isUntouched !== true) return false;
    const use = processUse(this.#child.pid ?? 0);
    return use !== null && use.memoryBytes < REUSABLE_MEMORY_FACTOR * this.#limits.memoryBytes;
  }

  /** Resolves when the bytes may be used again. Rejects when the attempt has failed. */
  async send(kind: number, ...parts: readonly Uint8Array[]): Promise<void> {
    this.#throwProblem();
    this.#input.write(
      frameHeader(
        kind,
        parts.reduce((sum, { length }) => sum + length, 0),
      ),
    );
    const last = parts.at(-1);
    for (const part of parts.slice(0, -1)) this.#input.write(part);
    if (last !== undefined) await this.#written(last);
    this.#throwProblem();
  }

  /** Or it has ended. A race with that would be remembered by it for each frame that ever was sent. */
  #written(part: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#senders.delete(settle);
        resolve();
      };
      this.#senders.add(settle);
      this.#input.write(part, settle);
    });
  }

  /** Says that nothing more comes, and waits for the result. */
  async finish(): Promise<SandboxResult> {
    const finished = new Promise<void>((resolve) => void (this.#finished = resolve));
    this.#send(TO_SANDBOX.end, Buffer.alloc(0));
    await Promise.race([finished, this.#ended]);
    this.#throwProblem();
    this.#look();
    this.#attempt = null;
    if (this.#result === null) throw new TaskProblem("crashed", "the code's process ended before its time");
    return this.#result;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }

  #send(kind: number, payload: Buffer): void {
    this.#input.write(frameHeader(kind, payload.length));
    this.#input.write(payload);
  }

  #throwProblem(): void {
    if (this.#problem !== null) throw this.#problem;
  }

  #take(kind: number, payload: Buffer): void {
    switch (kind) {
      case FROM_SANDBOX.loaded:
        this.#isLoaded = true;
        break;
      case FROM_SANDBOX.log:
        this.#attempt?.onLog(payload.toString());
        break;
      case FROM_SANDBOX.done:
        this.#result = JSON.parse(payload.toString()) as SandboxResult;
        this.#finished();
        break;
      case FROM_SANDBOX.failed:
        this.#problem ??= this.#problemFrom(JSON.parse(payload.toString()) as SandboxFailure);
        break;
      default:
        this.#attempt?.onFrame(kind, payload);
    }
  }

  /** What goes wrong on our side, such as a full disk, ends the sandbox. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#problem ??= problemOf(error, "could not take what the code made");
      this.end();
    }
  }

  async #untilEnded(): Promise<void> {
    const looking = setInterval(() => this.#look(), LOOK_MS);
    const [code, signal] = await new Promise<readonly [number | null, string | null]>((resolve) => {
      this.#child.once("error", (error) => {
        this.#problem ??= problemOf(error, "could not start a process for the code");
        resolve([null, null]);
      });
      this.#child.once("close", (...how: [number | null, string | null]) => resolve(how));
    });
    clearInterval(looking);
    this.#hasEnded = true;
    this.#problem ??=
      this.#lastWords === "" ? this.#crashed(code, signal) : this.#problemFrom(JSON.parse(this.#lastWords) as SandboxFailure);
    for (const settle of [...this.#senders]) settle();
  }

  #crashed(code: number | null, signal: string | null): TaskProblem {
    // V8's own limit of memory: it aborts.
    if (signal === "SIGABRT" || signal === "SIGTRAP" || code === 134)
      return new TaskProblem("outOfMemory", "the code's process ran out of memory");
    const how = signal === null ? `with code ${String(code)}` : `by ${signal}`;
    return new TaskProblem("crashed", `the code's process ended ${how}${this.#isLoaded ? "" : " while the code was loaded"}`);
  }

  #look(): void {
    const use = processUse(this.#child.pid ?? 0);
    if (use === null) return;
    this.#now = use;
    this.#memoryBytes = Math.max(this.#memoryBytes, use.memoryBytes);
    const isOver = use.memoryBytes > this.#limits.memoryBytes * MEMORY_FACTOR;
    const isFarOver = use.memoryBytes > this.#limits.memoryBytes * MEMORY_FACTOR_MAX;
    // The watch within sees it too, unless it was not given a processor, and knows which record was at work: it gets one more look.
    const isTime = isFarOver || (isOver && this.#wasOver);
    this.#wasOver = isOver;
    if (isTime) {
      this.#problem ??= new TaskProblem("outOfMemory", `the code's process uses ${String(Math.ceil(use.memoryBytes / MIB))} MiB`);
      this.end();
    }
  }

  #problemFrom({ reason, message, record, file, offset }: SandboxFailure): TaskProblem {
    const known = Object.hasOwn(FAILURES, reason) ? (reason as FailureReason) : "crashed";
    // Before the first call there is no record.
    if (record === null || record < 0) return new TaskProblem(known, message);
    const plan = this.#attempt?.plan;
    return new TaskProblem(known, message, { record, file: file ?? (plan?.kind === "map" ? plan.map.input : null), offset });
  }
}
