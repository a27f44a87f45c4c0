// How long to wait before the next attempt: hardly at all at first, then twice as long each time up to a limit, and never in
// step with others. Only a success that lasted makes it forget.

const FIRST_MS = 25;
/** Whoever can be reached again hears from its leader, and can answer those who wait, well within a second. */
const LONGEST_MS = 400;

export class BackOff {
  readonly #fraction: () => number;
  #failures = 0;

  /** `fraction` is uniform in [0, 1). */
  constructor(fraction: () => number) {
    this.#fraction = fraction;
  }

  get failures(): number {
    return this.#failures;
  }

  nextMs(): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    return ceiling * (0.5 + this.#fraction() / 2);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
