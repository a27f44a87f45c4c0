// One request of a connection: where its answer belongs among those of the others, and who waits for it.
import type { Caller } from "../caller.ts";
import type { WireAnswer } from "./answer-text.ts";
import type { KnownRoute } from "./shortcut-route.ts";

export class Place implements Caller {
  readonly route: KnownRoute;
  readonly beganMs: number;
  /** Counted as under way until the answer has left. */
  heldBytes: number;
  answer: WireAnswer | null = null;
  status = 0;
  isGone = false;
  readonly #watchers: (() => void)[] = [];

  constructor(route: KnownRoute, beganMs: number, heldBytes: number) {
    this.route = route;
    this.beganMs = beganMs;
    this.heldBytes = heldBytes;
  }

  watch(onGone: () => void): void {
    this.#watchers.push(onGone);
  }

  stopWatching(onGone: () => void): void {
    const at = this.#watchers.indexOf(onGone);
    if (at >= 0) this.#watchers.splice(at, 1);
  }

  gone(): void {
    this.isGone = true;
    for (const tell of this.#watchers.splice(0)) tell();
  }
}
