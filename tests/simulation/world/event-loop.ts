// The event loop of one process: what comes from outside runs at once, unless the process is paused or busy; then it waits
// and runs afterwards. A loop that was held looks at its sockets and timers in no particular order: only what came from one
// side keeps its order. After the process has ended nothing runs any more.
import type { Random } from "../../../core/base/random.ts";
import type { World } from "./world.ts";

export type Side = (typeof SIDES)[number];

const SIDES = ["peers", "clients", "itself"] as const;

export class EventLoop {
  readonly #world: World;
  readonly #random: Random;
  #waiting: { readonly from: Side; readonly action: () => void }[] = [];
  #pauses = 0;
  #busyUntilUs = 0;
  #hasEnded = false;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
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

  run(action: () => void, from: Side = "itself"): void {
    if (this.#hasEnded) return;
    if (this.#isHeld) this.#waiting.push({ from, action });
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
    if (this.#waiting.length === 0 || this.#isHeld) return;
    const sides = this.#random.shuffled(SIDES);
    this.#waiting = sides.flatMap((side) => this.#waiting.filter(({ from }) => from === side));
    while (this.#waiting.length > 0 && !this.#isHeld && !this.#hasEnded) this.#waiting.shift()?.action();
  }
}
