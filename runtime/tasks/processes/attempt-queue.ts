// Attempts that run together never may use more memory than there is. Who finds none left waits, in the order in which they came: a large
// one is not passed by small ones for ever.
import type { Assignment } from "../../../core/mapreduce/assignment.ts";
import { attemptMemory } from "../../../core/mapreduce/task-memory.ts";
import { TaskProblem } from "../task-problem.ts";

const MIB = 1 << 20;

export class AttemptQueue<Attempt> {
  readonly #memoryBytesMax: number;
  readonly #run: (attempt: Attempt) => void;
  readonly #waiting = new Map<Attempt, number>();
  readonly #running = new Map<Attempt, number>();

  constructor(memoryBytesMax: number, run: (attempt: Attempt) => void) {
    this.#memoryBytesMax = memoryBytesMax;
    this.#run = run;
  }

  /** What those that run may use. */
  get memoryBytes(): number {
    return [...this.#running.values()].reduce((sum, each) => sum + each, 0);
  }

  /** Throws where it could never run. */
  enter(attempt: Attempt, work: Pick<Assignment, "phase" | "description">): void {
    const bytes = attemptMemory(work);
    if (bytes > this.#memoryBytesMax)
      throw new TaskProblem(
        "memoryShort",
        `an attempt of this job may use ${inMiB(bytes)}, and all tasks of this worker together ${inMiB(this.#memoryBytesMax)}: ` +
          `the job's option memoryBytes, FLOTILLA_TASK_MEMORY_BYTES, or the memory of the worker's machine or container`,
      );
    this.#waiting.set(attempt, bytes);
    this.#next();
  }

  /** It is over, whether it ran or not. */
  leave(attempt: Attempt): void {
    this.#waiting.delete(attempt);
    this.#running.delete(attempt);
    this.#next();
  }

  #next(): void {
    for (const [attempt, bytes] of this.#waiting) {
      if (this.memoryBytes + bytes > this.#memoryBytesMax) return;
      this.#waiting.delete(attempt);
      this.#running.set(attempt, bytes);
      this.#run(attempt);
    }
  }
}

const inMiB = (bytes: number): string => `${String(Math.floor(bytes / MIB))} MiB`;
