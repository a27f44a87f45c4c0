// Processes that are asked for single tests, with one mutant or without any: jest, and what the tests load, is there once and not for every
// mutant. A process that hangs, dies, or still has something going on afterwards is asked nothing more, and another takes its place.
import { fork } from "node:child_process";
import { join } from "node:path";
import type { JestReport } from "./jest-report.ts";
import type { Rewrite } from "./mutant.ts";

const ROOT = join(import.meta.dirname, "../..");

export type TestRequest = { readonly path: string; readonly pattern: string; readonly mutant: Rewrite | null };

export type TestAnswer = {
  /** Null: there was not even a file of tests. */
  readonly report: JestReport | null;
  /** What kept tests from running. */
  readonly trouble: string;
  readonly isClean: boolean;
};

export type TestEnding = Omit<TestAnswer, "isClean"> & { readonly late: boolean; readonly code: number | null };

/** As many as are asked at once. */
export class TestProcesses {
  readonly #idle: TestProcess[] = [];

  async ask(request: TestRequest, deadlineMs: number): Promise<TestEnding> {
    const process = this.#idle.pop() ?? new TestProcess();
    const ending = await process.ask(request, deadlineMs);
    if (process.isFit) this.#idle.push(process);
    else process.kill();
    return ending;
  }

  end(): void {
    for (const process of this.#idle.splice(0)) process.kill();
  }
}

class TestProcess {
  readonly #child = fork(join(import.meta.dirname, "test-process.js"), {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    detached: true,
  });
  #isFit = true;

  constructor() {
    this.#child.on("error", () => (this.#isFit = false));
    this.#child.on("exit", () => (this.#isFit = false));
  }

  get isFit(): boolean {
    return this.#isFit;
  }

  ask(request: TestRequest, deadlineMs: number): Promise<TestEnding> {
    const child = this.#child;
    return new Promise((resolve) => {
      const end = (ending: Partial<TestEnding>, isFit: boolean): void => {
        clearTimeout(timer);
        child.off("message", heard).off("exit", died);
        this.#isFit &&= isFit;
        resolve({ report: null, trouble: "", late: false, code: null, ...ending });
      };
      const heard = ({ isClean, ...said }: TestAnswer): void => end(said, isClean);
      const died = (code: number | null): void => end({ code, trouble: "the process of the test has ended" }, false);
      const timer = setTimeout(() => end({ late: true }, false), deadlineMs);
      child.once("message", heard).once("exit", died);
      child.send(request, (error) => {
        if (error !== null) died(null);
      });
    });
  }

  /** With whatever it has started. */
  kill(): void {
    this.#isFit = false;
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
  }
}
