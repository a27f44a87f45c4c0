// The event loop of one process: what comes from outside runs at once, unless the process is paused or busy; then it waits
// and runs afterwards, in the order in which it came. After the process has ended nothing runs any more.
import type { World } from "./world.ts";

export class EventLoop {
  readonly #world: World;
  #waiting: (() => void)[] = [];
  #pauses = 0;
  #busyUntilUs = 0;
  #hasEnded = false;

  constructor(world: World) {
    this.#world = world;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** How much came while nothing ran. */
  get waiting(): number {
    return this.#waiting.length;
  }

  run(action: () => void): void {
    if (this.#hasEnded) return;
    if (this.#isHeld) this.#waiting.push(action);
    else action();
  }

  runAfter(delayUs: number, action: () => void): void {
    this.#world.after(delayUs, () => this.run(action));
  }

  pause(): void {
    this.#pauses++;
  }

  resume(): void {
    if (this.#pauses === 0) return;
    this.#pauses--;
    this.#catchUp();
  }

  /** Something keeps the loop busy, whatever else it was to do. */
  stall(forUs: number): void {
    this.#busyUntilUs = Math.max(this.#busyUntilUs, this.#world.nowUs + forUs);
    this.#world.after(forUs, () => this.#catchUp());
  }

  end(): void {
    this.#hasEnded = true;
    this.#waiting = [];
  }

  get #isHeld(): boolean {
    return this.#pauses > 0 || this.#world.nowUs < this.#busyUntilUs;
  }

  #catchUp(): void {
    while (this.#waiting.length > 0 && !this.#isHeld && !this.#hasEnded) this.#waiting.shift()?.();
  }
}
