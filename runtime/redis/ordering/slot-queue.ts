// What one connection asks about one slot, in its order. Writes that follow each other are asked one after the other without
// waiting: the log of the leader that takes them has their order. Between a write and a read, and before a transaction that
// depends on what is watched, the answers of what came before are waited for. What is refused and worth another try is tried
// again together with everything behind it; where something behind it was done already, it ends instead.
import type { StoreAnswer, StoreOutcome } from "../store-gate.ts";

export type Asking = {
  /** Those of one kind that follow each other go together; "alone" with nothing else. */
  readonly kind: "read" | "write" | "alone";
  readonly untilMs: number;
  /** Called again for every try. `isHeld`: whether something of the same round is to be tried again, for which all of it waits. */
  readonly ask: (answer: StoreAnswer, isHeld: () => boolean) => void;
  /** Something of its round is to be tried again: if it waits for what its client takes, which may be what comes first, it waits no longer. */
  readonly giveWay?: () => void;
  /** Exactly once. */
  readonly answer: (outcome: Exclude<StoreOutcome, { readonly kind: "again" }>) => void;
};

type State = "asked" | "again" | "done" | "notDone";
type Item = { readonly asking: Asking; state: State; text: string };

export type SlotQueueOptions = {
  readonly nowMs: () => number;
  readonly onEmpty: () => void;
  /** Until what was refused is tried again. */
  readonly pauseMs?: number;
};

const PAUSE_MS = 15;

export class SlotQueue {
  readonly #options: SlotQueueOptions;
  /** Of this round, in their order. */
  #round: Item[] = [];
  #open = 0;
  #waiting: Asking[] = [];
  #isPausing = false;
  /** Something of this round is to be tried again: nothing may join it, or it would be overtaken. */
  #isHeld = false;
  #isGoingOn = false;

  constructor(options: SlotQueueOptions) {
    this.#options = options;
  }

  add(asking: Asking): void {
    if (this.#waiting.length === 0 && this.#mayAsk(asking)) this.#ask(asking);
    else this.#waiting.push(asking);
  }

  #mayAsk({ kind }: Asking): boolean {
    if (this.#isPausing) return false;
    const [first] = this.#round;
    if (first === undefined) return true;
    return kind !== "alone" && first.asking.kind === kind && !this.#isHeld;
  }

  #ask(asking: Asking): void {
    const item: Item = { asking, state: "asked", text: "" };
    this.#round.push(item);
    this.#open++;
    asking.ask(
      (outcome) => this.#settle(item, outcome),
      () => this.#isHeld,
    );
  }

  #settle(item: Item, outcome: StoreOutcome): void {
    // Whoever is sent elsewhere would overtake what is tried again here.
    if (outcome.kind === "again" || (outcome.kind === "moved" && this.#isHeld)) {
      item.state = "again";
      item.text = outcome.kind === "again" ? outcome.text : "CLUSTERDOWN the slot is moving";
      if (!this.#isHeld) this.#hold();
    } else {
      item.state = outcome.kind === "result" || (outcome.kind === "error" && outcome.mayHaveHappened) ? "done" : "notDone";
      item.asking.answer(outcome);
    }
    this.#open--;
    if (this.#open === 0) this.#roundOver();
  }

  #hold(): void {
    this.#isHeld = true;
    for (const { asking, state } of [...this.#round]) if (state === "asked") asking.giveWay?.();
  }

  #roundOver(): void {
    const round = this.#round;
    this.#round = [];
    this.#isHeld = false;
    const again: Asking[] = [];
    let wasOvertaken = false;
    for (let i = round.length - 1; i >= 0; i--) {
      const { asking, state, text } = round[i] as Item;
      if (state === "done" && asking.kind !== "read") wasOvertaken = true;
      if (state !== "again") continue;
      if (wasOvertaken || this.#options.nowMs() >= asking.untilMs) asking.answer({ kind: "error", text, mayHaveHappened: false });
      else again.unshift(asking);
    }
    if (again.length > 0) {
      this.#waiting = again.concat(this.#waiting);
      this.#isPausing = true;
      setTimeout(() => {
        this.#isPausing = false;
        this.#goOn();
      }, this.#options.pauseMs ?? PAUSE_MS);
    } else this.#goOn();
  }

  /** An answer that comes at once ends up here while this is under way: the loop goes on with it, however many there are. */
  #goOn(): void {
    if (this.#isGoingOn) return;
    this.#isGoingOn = true;
    for (let next = this.#waiting[0]; next !== undefined && this.#mayAsk(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#ask(next);
    }
    this.#isGoingOn = false;
    if (this.#round.length === 0 && this.#waiting.length === 0 && !this.#isPausing) this.#options.onEmpty();
  }
}
