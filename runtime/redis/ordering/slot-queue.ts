// What one connection asks about one slot, in its order. Writes that follow each other are asked one after the other without
// waiting: the log of the leader that takes them has their order. Between a write and a read, and before a transaction that
// depends on what is watched, the answers of what came before are waited for. What is refused and worth another try is tried
// again together with everything behind it; where something behind it was done already, it ends instead. What has no time left when it
// would be asked is not begun: so it can be told that it was not done.
import { clusterDown } from "../store-gate.ts";
import type { StoreAnswer, StoreOutcome } from "../store-gate.ts";
import type { Patience } from "./patience.ts";

export type Asking = {
  /** Those of one kind that follow each other go together; "alone" with nothing else. */
  readonly kind: "read" | "write" | "alone";
  readonly patience: Patience;
  /** Called again for every try. `isHeld`: whether something of the same round is to be tried again, for which all of it waits. */
  readonly ask: (answer: StoreAnswer, isHeld: () => boolean) => void;
  /** Something of its round is to be tried again: if it waits for what its client takes, which may be what comes first, it waits no longer. */
  readonly giveWay?: (nowMs: number) => void;
  /** Exactly once. */
  readonly answer: (outcome: Exclude<StoreOutcome, { readonly kind: "again" }>) => void;
};

type State = "asked" | "again" | "done" | "notDone" | "unknown";
type Item = { readonly asking: Asking; state: State; text: string; isNews: boolean };

export type SlotQueueOptions = {
  readonly nowMs: () => number;
  readonly onEmpty: () => void;
  /** Until what was refused is tried again. */
  readonly pauseMs?: number;
};

const PAUSE_MS = 15;
const OUT_OF_TIME = clusterDown("what came before it on its slot took all the time that there was");

export class SlotQueue {
  readonly #options: SlotQueueOptions;
  /** Of this round, in their order. */
  #round: Item[] = [];
  #open = 0;
  #waiting: Asking[] = [];
  #isPausing = false;
  /** When the last round was over of which something came. */
  #wentOnMs = -Infinity;
  /** Something of this round is to be tried again: nothing may join it, or it would be overtaken. */
  #isHeld = false;
  #isGoingOn = false;
  /** The last round was tried again without a pause. */
  #wentAtOnce = false;

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
    const item: Item = { asking, state: "asked", text: "", isNews: false };
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
      item.isNews = outcome.kind === "again" && outcome.isNews === true;
      if (!this.#isHeld) this.#hold();
    } else {
      item.state = stateAfter(outcome);
      item.asking.answer(outcome);
    }
    this.#open--;
    if (this.#open === 0) this.#roundOver();
  }

  #hold(): void {
    this.#isHeld = true;
    const nowMs = this.#options.nowMs();
    for (const { asking, state } of [...this.#round]) if (state === "asked") asking.giveWay?.(nowMs);
  }

  #roundOver(): void {
    const round = this.#round;
    this.#round = [];
    this.#isHeld = false;
    const nowMs = this.#options.nowMs();
    const again = this.#worthAnotherTry(round, nowMs);
    const hasNews = round.some(({ isNews }) => isNews);
    if (again.length > 0) return this.#tryAgain(again, hasNews);
    this.#wentAtOnce = false;
    if (round.some(({ state }) => state === "done" || state === "notDone")) this.#wentOnMs = nowMs;
    this.#goOn();
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
    this.#waiting = again.concat(this.#waiting);
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
    for (let next = this.#waiting[0]; next !== undefined && this.#mayAsk(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.patience.turnsAt(this.#wentOnMs);
      if (this.#options.nowMs() < next.patience.untilMs) this.#ask(next);
      else next.answer({ kind: "error", text: OUT_OF_TIME, mayHaveHappened: false });
    }
    this.#isGoingOn = false;
    if (this.#round.length === 0 && this.#waiting.length === 0 && !this.#isPausing) this.#options.onEmpty();
  }
}

function stateAfter(outcome: StoreOutcome): State {
  if (outcome.kind === "error" && outcome.mayHaveHappened) return "unknown";
  return outcome.kind === "result" ? "done" : "notDone";
}
