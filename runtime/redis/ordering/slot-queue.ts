// What one connection asks about one slot, in its order. Writes that follow each other are asked one after the other without
// waiting: the log of the leader that takes them has their order. Between a write and a read, and before a transaction that
// depends on what is watched, the answers of what came before are waited for. What is refused and worth another try is tried
// again together with everything behind it; where something behind it was done already, it ends instead. What has no time left when it
// would be asked is not begun: so it can be told that it was not done.
import { clusterDown } from "../store-gate.ts";
import type { StoreAsker, StoreOutcome } from "../store-gate.ts";
import type { Patience } from "./patience.ts";

/** One try, and where its outcome goes. */
export type Try = StoreAsker & {
  /** Something of the same round is to be tried again, for which all of it waits. */
  readonly isHeld: boolean;
};

export type Asking = {
  /** Those of one kind that follow each other go together; "alone" with nothing else. */
  readonly kind: "read" | "write" | "alone";
  readonly patience: Patience;
  /** Called again for every try. */
  readonly ask: (attempt: Try) => void;
  /** It is not asked now, or was in vain, and waits for longer than a request takes: it keeps nothing then that others have a part in. */
  readonly waits?: () => void;
  /** Something of its round is to be tried again: if it waits for what its client takes, which may be what comes first, it waits no longer. */
  readonly giveWay?: (nowMs: number) => void;
  /** Exactly once. */
  readonly answer: (outcome: Exclude<StoreOutcome, { readonly kind: "again" }>) => void;
};

export type SlotQueueOptions = {
  readonly nowMs: () => number;
  readonly onEmpty: (queue: SlotQueue) => void;
  /** Until what was refused is tried again. */
  readonly pauseMs?: number;
};

type State = "asked" | "again" | "done" | "notDone" | "unknown";

const PAUSE_MS = 15;
const OUT_OF_TIME = clusterDown("what came before it on its slot took all the time that there was");

/** Of a round, in its order. */
class Item implements Try {
  readonly asking: Asking;
  readonly #queue: SlotQueue;
  state: State = "asked";
  text = "";
  isNews = false;
  next: Item | null = null;

  constructor(asking: Asking, queue: SlotQueue) {
    this.asking = asking;
    this.#queue = queue;
  }

  get isHeld(): boolean {
    return this.#queue.isHeld;
  }

  settle(outcome: StoreOutcome): void {
    this.#queue.settle(this, outcome);
  }
}

/** Made for nearly every request: its lists begin where there is something to keep in them. */
export class SlotQueue {
  readonly slot: number;
  /** The next in the list that this one is kept in. */
  next: SlotQueue | null = null;
  readonly #options: SlotQueueOptions;
  /** Of this round, without those that were answered before all others. */
  #first: Item | null = null;
  #last: Item | null = null;
  #open = 0;
  #waiting: Asking[] | null = null;
  #isPausing = false;
  /** Something came of this round. */
  #hasGoneOn = false;
  /** When the last round was over of which something came. */
  #wentOnMs = -Infinity;
  #isHeld = false;
  #isGoingOn = false;
  /** The last round was tried again without a pause. */
  #wentAtOnce = false;

  constructor(slot: number, options: SlotQueueOptions) {
    this.slot = slot;
    this.#options = options;
  }

  /** Something of this round is to be tried again: nothing may join it, or it would be overtaken. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  add(asking: Asking): void {
    if (!this.#isAnyWaiting && this.#mayAsk(asking)) return this.#ask(asking);
    asking.waits?.();
    (this.#waiting ??= []).push(asking);
  }

  get #isAnyWaiting(): boolean {
    return this.#waiting !== null && this.#waiting.length > 0;
  }

  #mayAsk({ kind }: Asking): boolean {
    if (this.#isPausing) return false;
    const first = this.#first;
    if (first === null) return true;
    return kind !== "alone" && first.asking.kind === kind && !this.#isHeld;
  }

  #ask(asking: Asking): void {
    const item = new Item(asking, this);
    if (this.#last === null) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#open++;
    asking.ask(item);
  }

  /** For what was asked of it. */
  settle(item: Item, outcome: StoreOutcome): void {
    // Whoever is sent elsewhere would overtake what is tried again here.
    if (outcome.kind === "again" || (outcome.kind === "moved" && this.#isHeld)) {
      item.state = "again";
      item.text = outcome.kind === "again" ? outcome.text : "CLUSTERDOWN the slot is moving";
      item.isNews = outcome.kind === "again" && outcome.isNews === true;
      item.asking.waits?.();
      if (!this.#isHeld) this.#hold();
    } else {
      item.state = stateAfter(outcome);
      if (item.state !== "unknown") this.#hasGoneOn = true;
      item.asking.answer(outcome);
    }
    this.#open--;
    if (this.#open === 0) this.#roundOver();
    else if (!this.#isHeld) this.#forgetAnswered();
  }

  /** They say nothing of those behind them, and a client that never waits for all of its answers makes a round that has no end. */
  #forgetAnswered(): void {
    let first = this.#first;
    while (first !== null && first.state !== "asked") {
      const { next } = first;
      // Whatever the collector takes for alive a while longer must not keep all that came behind it.
      first.next = null;
      first = next;
    }
    this.#first = first;
  }

  #hold(): void {
    this.#isHeld = true;
    const nowMs = this.#options.nowMs();
    for (let item = this.#first; item !== null; item = item.next) if (item.state === "asked") item.asking.giveWay?.(nowMs);
  }

  #roundOver(): void {
    const first = this.#first;
    const wasHeld = this.#isHeld;
    const hasGoneOn = this.#hasGoneOn;
    this.#first = null;
    this.#last = null;
    this.#isHeld = false;
    this.#hasGoneOn = false;
    if (wasHeld && this.#isTriedAgain(first)) return;
    this.#wentAtOnce = false;
    if (hasGoneOn && this.#isAnyWaiting) this.#wentOnMs = this.#options.nowMs();
    this.#goOn();
  }

  /** False: nothing of the round is worth it. */
  #isTriedAgain(first: Item | null): boolean {
    const round: Item[] = [];
    for (let item = first; item !== null; item = item.next) round.push(item);
    const again = this.#worthAnotherTry(round, this.#options.nowMs());
    const hasNews = round.some(({ isNews }) => isNews);
    if (again.length > 0) this.#tryAgain(again, hasNews);
    return again.length > 0;
  }

  /** The others of those that are to be tried again are answered. */
  #worthAnotherTry(round: readonly Item[], nowMs: number): readonly Asking[] {
    const again: Asking[] = [];
    let wasOvertaken = false;
    for (let i = round.length - 1; i >= 0; i--) {
      const { asking, state, text } = round[i] as Item;
      if (asking.kind !== "read" && (state === "done" || state === "unknown")) wasOvertaken = true;
      if (state !== "again") continue;
      if (!wasOvertaken && nowMs + this.#pauseMs < asking.patience.untilMs) again.unshift(asking);
      else asking.answer({ kind: "error", text, mayHaveHappened: false });
    }
    return again;
  }

  /** At once where there is news; but not twice, as two may send each other whoever asks. */
  #tryAgain(again: readonly Asking[], hasNews: boolean): void {
    this.#waiting = again.concat(this.#waiting ?? []);
    this.#wentAtOnce = hasNews && !this.#wentAtOnce;
    if (this.#wentAtOnce) return this.#goOn();
    this.#isPausing = true;
    setTimeout(() => {
      this.#isPausing = false;
      this.#goOn();
    }, this.#pauseMs);
  }

  get #pauseMs(): number {
    return this.#options.pauseMs ?? PAUSE_MS;
  }

  /** An answer that comes at once ends up here while this is under way: the loop goes on with it, however many there are. */
  #goOn(): void {
    if (this.#isGoingOn) return;
    this.#isGoingOn = true;
    for (let next = this.#waiting?.[0]; next !== undefined && this.#mayAsk(next); next = this.#waiting?.[0]) {
      this.#waiting?.shift();
      next.patience.turnsAt(this.#wentOnMs);
      if (this.#options.nowMs() < next.patience.untilMs) this.#ask(next);
      else next.answer({ kind: "error", text: OUT_OF_TIME, mayHaveHappened: false });
    }
    this.#isGoingOn = false;
    if (this.#first === null && !this.#isAnyWaiting && !this.#isPausing) this.#options.onEmpty(this);
  }
}

function stateAfter(outcome: StoreOutcome): State {
  if (outcome.kind === "error" && outcome.mayHaveHappened) return "unknown";
  return outcome.kind === "result" ? "done" : "notDone";
}
