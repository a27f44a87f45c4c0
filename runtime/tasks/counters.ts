// The counters of one attempt. Few names, each a sum: the job adds up those of the attempts that count.
import { TaskProblem } from "./task-problem.ts";

const NAMES_MAX = 256;
const NAME_LENGTH_MAX = 128;
/** In JSON it means something else, and whoever gets a report with it refuses all of it. */
const NEVER_A_NAME = "__proto__";

export class Counters {
  readonly #sums = new Map<string, number>();

  readonly count = (name: string, by = 1): void => {
    const sum = this.#sums.get(name);
    if (sum === undefined && (this.#sums.size >= NAMES_MAX || name.length > NAME_LENGTH_MAX)) {
      throw new TaskProblem("threw", `a task has at most ${String(NAMES_MAX)} counters with names of at most ${String(NAME_LENGTH_MAX)}`);
    }
    if (name === NEVER_A_NAME) throw new TaskProblem("threw", `a counter can't be called ${NEVER_A_NAME}`);
    const total = (sum ?? 0) + by;
    // What is no number could not be reported. Nobody has checked the types of code in JavaScript.
    if (!Number.isFinite(total)) throw new TypeError(`the counter ${JSON.stringify(name)} can't count by ${String(by)}`);
    this.#sums.set(name, total);
  };

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#sums);
  }

  addAll(sums: Readonly<Record<string, number>>): void {
    for (const [name, sum] of Object.entries(sums)) this.count(name, sum);
  }
}
