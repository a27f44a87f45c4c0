// Runs tasks one after the other: what one of them does is whole when the next begins, and together they never occupy
// more than one thread of the pool.
import { diskProblem } from "./disk-problem.ts";
import type { DiskAnswer } from "./disk-problem.ts";
import { runTask } from "./task.ts";
import type { Task } from "./task.ts";

const WAITING_MAX = 1_000;

export class SerialTasks {
  readonly #name: string;
  readonly #waiting: (() => void)[] = [];
  #isRunning = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** `begin` is called when it is this task's turn. */
  run<T>(begin: () => Task<T>, answer: DiskAnswer<T>): void {
    if (this.#waiting.length >= WAITING_MAX) {
      answer(diskProblem("failed", { file: this.#name }, "too many operations wait for the disk"), null);
      return;
    }
    this.#waiting.push(() => {
      runTask(begin(), (...ended) => {
        this.#isRunning = false;
        answer(...ended);
        this.#runNext();
      });
    });
    this.#runNext();
  }

  #runNext(): void {
    if (this.#isRunning) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#isRunning = true;
    next();
  }
}
