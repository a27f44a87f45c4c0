// An `emit` belongs to a call of job code. Whoever emits when that call is over (a `then`, a timer) would lose what was emitted without
// noticing, so it throws; and as nobody may see that, it is remembered for the attempt.
import { codeProblem } from "./code-problem.ts";

export class LateEmit extends TypeError {
  constructor(call: string) {
    super(`\`${call}\` emitted when it had returned: it must have emitted everything when it returns`);
    this.name = "TypeError";
  }
}

/** Of one attempt. */
export class LateEmits {
  #first: LateEmit | null = null;

  readonly refuse = (call: string): never => {
    const late = new LateEmit(call);
    this.#first ??= late;
    throw late;
  };

  /** Throws if there was one. */
  check(): void {
    if (this.#first !== null) throw codeProblem(this.#first, {});
  }
}
