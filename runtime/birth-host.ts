// Carries a birth through: its letters go as questions over the peer port, and what the other side says at once comes back
// as the answer. Steps one event at a time; an event that arrives while one is stepped waits for its turn.
import type { MemberId } from "../core/base/ids.ts";
import type { Outcome } from "../core/base/outcome.ts";
import { done, refused } from "../core/base/outcome.ts";
import type { Membership, Place } from "../core/raft/membership.ts";
import type { Birth, BirthEffect, BirthEvent } from "../core/replica/birth.ts";
import type { BirthMessage } from "../core/replica/birth-messages.ts";
import { parseBirthMessage } from "../core/replica/birth-messages.ts";
import type { ControllersSay, Waiting } from "../core/replica/birth-state.ts";
import type { FoundingMember, Identity } from "../core/replica/identity.ts";
import type { Clock } from "./clock.ts";
import type { PeerAsker } from "./peers/peer-asker.ts";
import { Ticker } from "./ticker.ts";

export type EffectOf<K extends BirthEffect["kind"]> = Extract<BirthEffect, { readonly kind: K }>;

export type JoinDecision = Pick<Extract<BirthEvent, { readonly kind: "joinConsidered" }>, "accepted" | "removed" | "message">;

export type BirthHostOptions = {
  readonly birth: Birth;
  readonly asker: PeerAsker;
  readonly clock: Clock;
  /** Calls back once it is durable. A failure ends the process, so it is not told here. */
  readonly saveIdentity: (identity: Identity, saved: () => void) => void;
  readonly onBecome: (effect: EffectOf<"become">) => void;
  readonly onConsiderJoin: (effect: EffectOf<"considerJoin">) => void;
  readonly onWaiting: (waiting: Waiting) => void;
  /** The data is to be set aside, and the process to start anew. */
  readonly onBeginAnew: (message: string) => void;
  readonly onRefused: (message: string) => void;
  /** Asks the shard controllers; null: no answer. Left out where there are none. */
  readonly askControllers?: (found: readonly FoundingMember[] | null) => Promise<ControllersSay | null>;
};

export const BIRTH_QUESTION = "birth";
const ANSWER_DEADLINE_MS = 1_000;
/** A peer port takes few connections; what can't be sent is asked again soon. */
const LETTERS_UNDER_WAY_MAX = 64;

type Performers = { readonly [K in BirthEffect["kind"]]: (effect: EffectOf<K>) => void };

export class BirthHost {
  readonly #options: BirthHostOptions;
  readonly #ticker: Ticker;
  readonly #end = new AbortController();
  readonly #events: BirthEvent[] = [];
  /** What the step under way sends to the place whose letter it is about. */
  #replies: { readonly to: number; readonly messages: BirthMessage[] } | null = null;
  #isStepping = false;
  #isTicking = false;
  #lettersUnderWay = 0;
  #isAskingControllers = false;
  #waiting: Waiting = { reasons: ["starting"], recovery: null };

  constructor(options: BirthHostOptions) {
    this.#options = options;
    this.#ticker = new Ticker({
      clock: options.clock,
      onTick: () => {
        this.step({ kind: "tick" });
        this.#ticker.rest(1);
      },
    });
  }

  get waiting(): Waiting {
    return this.#waiting;
  }

  start(started: Extract<BirthEvent, { readonly kind: "started" }>): void {
    this.step(started);
  }

  /** Takes any JSON value that somebody sent to the peer port. */
  answer(question: unknown): Outcome<readonly BirthMessage[]> {
    const message = parseBirthMessage(question);
    if (message === null) return refused("badRequest", "this is no letter about a birth");
    const messages: BirthMessage[] = [];
    this.#replies = { to: message.from.ordinal, messages };
    this.step({ kind: "message", message });
    this.#replies = null;
    return done(messages);
  }

  tellStanding(membership: Membership, leader: MemberId | null): void {
    this.step({ kind: "standing", membership, leader });
  }

  tellJoinConsidered({ member, place, ask }: EffectOf<"considerJoin">, answer: JoinDecision): void {
    this.step({ kind: "joinConsidered", member, place, ask, ...answer });
  }

  end(): void {
    this.#end.abort();
    this.#tickWhileNeeded();
    this.#events.length = 0;
  }

  step(event: BirthEvent): void {
    if (this.#end.signal.aborted) return;
    this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      for (const effect of this.#options.birth.step(next)) this.#perform[effect.kind](effect as never);
    }
    this.#isStepping = false;
    this.#tickWhileNeeded();
  }

  /** Time passes only while something is waited for: a member that has settled should not wake up for this. */
  #tickWhileNeeded(): void {
    const isNeeded = !this.#options.birth.isSettled && !this.#end.signal.aborted;
    if (isNeeded === this.#isTicking) return;
    this.#isTicking = isNeeded;
    if (isNeeded) this.#ticker.start();
    else this.#ticker.stop();
  }

  readonly #perform: Performers = {
    saveIdentity: ({ identity }) => this.#options.saveIdentity(identity, () => this.step({ kind: "identitySaved" })),
    send: ({ to, message }) => {
      if (this.#replies?.to === to.ordinal) this.#replies.messages.push(message);
      else void this.#sendLetter(to, message);
    },
    askControllers: ({ found }) => void this.#askControllers(found),
    become: (effect) => this.#options.onBecome(effect),
    considerJoin: (effect) => this.#options.onConsiderJoin(effect),
    wait: ({ reasons, recovery }) => {
      this.#waiting = { reasons, recovery };
      this.#options.onWaiting(this.#waiting);
    },
    beginAnew: ({ message }) => this.#options.onBeginAnew(message),
    refuse: ({ message }) => this.#options.onRefused(message),
  };

  async #sendLetter(to: Place, body: BirthMessage): Promise<void> {
    if (this.#lettersUnderWay >= LETTERS_UNDER_WAY_MAX) return;
    this.#lettersUnderWay += 1;
    const asking = { address: to.address, question: BIRTH_QUESTION, body, deadlineMs: ANSWER_DEADLINE_MS, signal: this.#end.signal };
    const outcome = await this.#options.asker.ask(asking);
    this.#lettersUnderWay -= 1;
    if (outcome.kind !== "done" || !Array.isArray(outcome.value)) return;
    for (const message of outcome.value.map(parseBirthMessage)) if (message !== null) this.step({ kind: "message", message });
  }

  /** One question at a time: what is left out is asked again soon. */
  async #askControllers(found: readonly FoundingMember[] | null): Promise<void> {
    const { askControllers } = this.#options;
    if (askControllers === undefined || this.#isAskingControllers) return;
    this.#isAskingControllers = true;
    const said = await askControllers(found);
    this.#isAskingControllers = false;
    if (said !== null) this.step({ kind: "controllersSaid", ...said });
  }
}
