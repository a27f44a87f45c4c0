// What a tester does, step by step, as a generator over simulated time: it reads like the blocking code of the original
// labs, and clients that work at the same time are simply several scripts.
import type { LabTime } from "./lab-time.ts";

export type Pause =
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "task"; readonly task: Task<unknown> }
  | { readonly kind: "answer"; readonly ask: (resume: () => void) => void };
export type Script<T> = Generator<Pause, T, void>;

/** A lab's demand that was not met. */
export class LabFailure extends Error {
  override readonly name = "LabFailure";
}

export function demand(claim: boolean, complaint: () => string): asserts claim {
  if (!claim) throw new LabFailure(complaint());
}

export function* sleep(ms: number): Script<void> {
  yield { kind: "sleep", ms };
}

/** Waits for a script that runs beside this one. */
export function* resultOf<T>(task: Task<T>): Script<T> {
  while (!task.isOver) yield { kind: "task", task };
  return task.value;
}

/** Waits for something that calls back. Only the first call counts. */
export function* answerOf<T>(ask: (answer: (value: T) => void) => void): Script<T> {
  const answers: T[] = [];
  yield {
    kind: "answer",
    ask: (resume) =>
      ask((value) => {
        if (answers.push(value) === 1) resume();
      }),
  };
  return answers[0] as T;
}

/** One script under way. */
export class Task<T> {
  readonly #script: Script<T>;
  readonly #time: LabTime;
  readonly #waiting: (() => void)[] = [];
  #result: { readonly value: T } | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(script: Script<T>, time: LabTime) {
    this.#script = script;
    this.#time = time;
    time.after(0, () => this.#continue());
  }

  get isOver(): boolean {
    return this.#result !== null || this.#failure !== null;
  }

  /** What the script returned; whatever it threw is thrown here. */
  get value(): T {
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#result === null) throw new Error("a script that is still running has no result");
    return this.#result.value;
  }

  whenOver(action: () => void): void {
    if (this.isOver) this.#time.after(0, action);
    else this.#waiting.push(action);
  }

  #continue(): void {
    try {
      const step = this.#script.next();
      if (step.done !== true) {
        this.#wait(step.value);
        return;
      }
      this.#result = { value: step.value };
    } catch (error) {
      this.#failure = { error };
    }
    for (const action of this.#waiting.splice(0)) this.#time.after(0, action);
  }

  #wait(pause: Pause): void {
    if (pause.kind === "sleep") this.#time.after(pause.ms, () => this.#continue());
    else if (pause.kind === "answer") pause.ask(() => this.#time.after(0, () => this.#continue()));
    else pause.task.whenOver(() => this.#continue());
  }
}

/** Runs a script, and whatever it sets going, to its end. */
export function runToEnd<T>(script: Script<T>, time: LabTime, limitMs: number): T {
  const task = new Task(script, time);
  while (!task.isOver) {
    demand(time.nowMs <= limitMs, () => `not over after ${String(limitMs / 1_000)} s`);
    if (!time.step()) throw new Error("everybody waits for something that will never happen");
  }
  return task.value;
}
