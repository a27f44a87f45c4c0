// One request of a connection: where its answer belongs among those of the others, and who waits for it.
import type { Asker, Caller } from "../caller.ts";
import type { HttpAnswer } from "../http-answer.ts";
import type { WireAnswer } from "./answer-text.ts";
import type { KnownRoute } from "./shortcut-route.ts";

/** Whose places they are. */
export interface PlaceKeeper {
  answered(place: Place, answer: HttpAnswer): void;
  failed(place: Place, error: unknown): void;
}

export class Place implements Caller, Asker<HttpAnswer> {
  readonly route: KnownRoute;
  readonly beganMs: number;
  /** Counted as under way until the answer has left. */
  heldBytes: number;
  written: WireAnswer | null = null;
  status = 0;
  isGone = false;
  readonly #keeper: PlaceKeeper;
  /** Hardly ever more than one. */
  #watcher: (() => void) | null = null;
  #others: (() => void)[] | null = null;

  constructor(keeper: PlaceKeeper, route: KnownRoute, at: { readonly beganMs: number; readonly heldBytes: number }) {
    this.#keeper = keeper;
    this.route = route;
    this.beganMs = at.beganMs;
    this.heldBytes = at.heldBytes;
  }

  answer(answer: HttpAnswer): void {
    this.#keeper.answered(this, answer);
  }

  fail(error: unknown): void {
    this.#keeper.failed(this, error);
  }

  watch(onGone: () => void): void {
    if (this.#watcher === null) this.#watcher = onGone;
    else (this.#others ??= []).push(onGone);
  }

  stopWatching(onGone: () => void): void {
    if (this.#watcher === onGone) this.#watcher = null;
    else this.#others = this.#others?.filter((each) => each !== onGone) ?? null;
  }

  gone(): void {
    this.isGone = true;
    const [watcher, others] = [this.#watcher, this.#others];
    this.#watcher = null;
    this.#others = null;
    watcher?.();
    for (const tell of others ?? []) tell();
  }
}
