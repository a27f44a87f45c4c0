// Writes that come while others are under way wait here for each other, and those whose clients have just been answered are waited for:
// they go on together. An entry of the log costs little; what carries it costs all members a turn, a write to a disk and two messages
// whatever it carries. Clients that write one thing after the other, each at its own time, cost a group up to twice what they do when their
// writes keep step. To the core this is a longer way from the client, and nothing else.
//
//   few under way ──────────────────────────────► nobody waits
//   many under way ─────────────────────────────► wait until `manyWaiting` are here, or the next line
//   those that were many have been answered ────► wait until most of their clients are back, or for `patienceMs`
import type { ReplicaEvent } from "../../core/replica/events.ts";

export type GatheredRequest = Extract<ReplicaEvent, { readonly kind: "clientRequest" }>;

export const GATHERING = {
  /** Below that nobody waits: a few are answered sooner than others come. */
  manyUnderWay: 8,
  /** So many that wait go on, whatever is under way: they are worth an append of their own, and disks are never without work. */
  manyWaiting: 32,
  /** Of those who were answered, so large a part is waited for: the last ones would keep all others waiting. */
  returning: 0.75,
  /** For no longer than this. Where processors are short a client takes about a millisecond. */
  patienceMs: 2,
  /** Where not even so large a part was back by then it was in vain, and those who are answered next are not waited for. */
  returningAtLeast: 0.25,
} as const;

/** Each time in vain doubles how often those who are answered are not waited for, up to this. */
const TIMES_WITHOUT_MAX = 64;

export class WriteGathering {
  readonly #goOn: (write: GatheredRequest) => void;
  #waiting: GatheredRequest[] = [];
  #underWay = 0;
  /** As soon as so many wait, they go on. Null: nobody waits. */
  #enough: number | null = null;
  /** Those who were answered are waited for; with fewer than so many here it was in vain. Null: they are not. */
  #expected: number | null = null;
  #patience: NodeJS.Timeout | null = null;
  /** How many times more those who are answered are not waited for, and how many it will be after the next time in vain. */
  #timesWithout = 0;
  #timesWithoutNext = 1;
  #waitedAtTick = false;
  #hasEnded = false;

  constructor(goOn: (write: GatheredRequest) => void) {
    this.#goOn = goOn;
  }

  /** False: it need not wait, and nothing was done with it. */
  takes(write: GatheredRequest): boolean {
    if (this.#enough === null) return false;
    if (this.#waiting.push(write) < this.#enough) return true;
    if (this.#expected !== null) this.#timesWithoutNext = 1;
    this.release();
    return true;
  }

  /** At the end of each turn: so many writes are under way. */
  turned(underWay: number): void {
    const answered = this.#underWay - underWay;
    const wereMany = this.#underWay >= GATHERING.manyUnderWay;
    this.#underWay = underWay;
    if (this.#hasEnded) return;
    if (underWay >= GATHERING.manyUnderWay) this.#waitFor(GATHERING.manyWaiting);
    else if (wereMany) this.#expect(answered);
  }

  /** Whatever waited at the last tick has waited for long: what is under way may never end. */
  ticked(): void {
    if (this.#waitedAtTick) this.release();
    this.#waitedAtTick = this.#waiting.length > 0;
  }

  /** All that waits goes on, and with it whatever comes before the next turn has ended. */
  release(): void {
    this.#enough = null;
    this.#expected = null;
    this.#waitedAtTick = false;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const write of waiting) this.#goOn(write);
  }

  /** From now on nobody waits. */
  end(): void {
    this.#hasEnded = true;
    this.release();
    if (this.#patience !== null) clearTimeout(this.#patience);
  }

  #waitFor(enough: number): void {
    this.#expected = null;
    this.#enough = enough;
    if (this.#waiting.length >= enough) this.release();
  }

  #expect(answered: number): void {
    if (this.#timesWithout > 0) {
      this.#timesWithout--;
      this.release();
      return;
    }
    const { returning, returningAtLeast, patienceMs } = GATHERING;
    const waitingBefore = this.#waiting.length;
    this.#waitFor(waitingBefore + Math.ceil(answered * returning));
    this.#expected = waitingBefore + Math.ceil(answered * returningAtLeast);
    this.#patience ??= setTimeout(() => {
      this.#giveUp();
    }, patienceMs);
    this.#patience.refresh();
  }

  #giveUp(): void {
    if (this.#expected === null) return;
    const wasInVain = this.#waiting.length < this.#expected;
    this.#timesWithout = wasInVain ? this.#timesWithoutNext : 0;
    this.#timesWithoutNext = wasInVain ? Math.min(TIMES_WITHOUT_MAX, 2 * this.#timesWithoutNext) : 1;
    this.release();
  }
}
