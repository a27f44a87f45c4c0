// One member's clocks. The monotonic one may run a little fast or slow and never jumps; the wall clock does both.
// A crystal stays what it is over a restart, so the clocks belong to the machine and not to the process.

const WALL_START_MS = 1_700_000_000_000;

export class Clock {
  /** Local microseconds for each one of the world. */
  #rate = 1;
  #rateSinceUs = 0;
  #localAtRateUs = 0;
  #wallOffsetMs: number;
  readonly #nowUs: () => number;

  constructor(nowUs: () => number, wallOffsetMs: number) {
    this.#nowUs = nowUs;
    this.#wallOffsetMs = wallOffsetMs;
  }

  get monotonicMs(): number {
    return (this.#localAtRateUs + (this.#nowUs() - this.#rateSinceUs) * this.#rate) / 1_000;
  }

  get wallMs(): number {
    return Math.floor(WALL_START_MS + this.monotonicMs + this.#wallOffsetMs);
  }

  /** How long the world takes for so much local time. */
  worldUs(localMs: number): number {
    return Math.max(1, Math.round((localMs * 1_000) / this.#rate));
  }

  jump(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  run(rate: number): void {
    this.#localAtRateUs = this.monotonicMs * 1_000;
    this.#rateSinceUs = this.#nowUs();
    this.#rate = rate;
  }
}
