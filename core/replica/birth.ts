// How a process with a data directory comes to be a member of a group: alone with its disk and the addresses of the other
// places, it founds the group, adopts its founding, or joins as a newcomer. Exactly once; see docs/decisions and
// core/replica/birth-state.ts for the order of steps. It goes on answering the others for as long as the process lives.
import type { ClusterId, MemberId } from "../base/ids.ts";
import type { Membership, Place } from "../raft/membership.ts";
import { foundingMembership } from "../raft/membership.ts";
import type { AskId, BirthBody, BirthMessage } from "./birth-messages.ts";
import type { BirthOptions, BirthState, ByOrdinal, Heard } from "./birth-state.ts";
import { asksToJoin, isSettled, isWanted, mayBecome, nextIdentity, NOTHING_KNOWN, others } from "./birth-state.ts";
import { questionForControllers } from "./birth-controllers.ts";
import { waitingFor } from "./birth-waiting.ts";
import type { FoundingMember, FoundingRecord, Identity } from "./identity.ts";
import { foundingOf } from "./identity.ts";
import { whyNotPlace } from "./joining.ts";

export type BirthEvent =
  /** First. The fresh ids are random; they are used if this member turns out to need them. */
  | {
      readonly kind: "started";
      readonly identity: Identity | null;
      readonly fresh: { readonly member: MemberId; readonly cluster: ClusterId };
    }
  | { readonly kind: "tick" }
  /** What `saveIdentity` asked for is durable. */
  | { readonly kind: "identitySaved" }
  | { readonly kind: "message"; readonly message: BirthMessage }
  /** The answer to `askControllers`. */
  | { readonly kind: "controllersSaid"; readonly cluster: ClusterId; readonly founding: FoundingRecord | null }
  /** The answer to `considerJoin`. */
  | (Joining & {
      readonly kind: "joinConsidered";
      readonly accepted: boolean;
      /** A committed membership says that this id will never belong again. */
      readonly removed: boolean;
      readonly message: string;
    })
  /** How the replica stands; told after `become`, and whenever it changes. */
  | { readonly kind: "standing"; readonly membership: Membership; readonly leader: MemberId | null };

export type BirthEffect =
  | { readonly kind: "saveIdentity"; readonly identity: Identity }
  | { readonly kind: "send"; readonly to: Place; readonly message: BirthMessage }
  /** Was this group founded? If not, and `found` names members, it is to be founded by them. */
  | { readonly kind: "askControllers"; readonly found: readonly FoundingMember[] | null }
  /** Start the replica; `membership` is what holds before the log or a snapshot says otherwise. Once in a life. */
  | { readonly kind: "become"; readonly member: MemberId; readonly founding: FoundingRecord; readonly membership: Membership }
  /** Make this newcomer a learner, if this member leads. */
  | (Joining & { readonly kind: "considerJoin" })
  /** What this member waits for now; nothing when `reasons` is empty. Told when it changes. */
  | { readonly kind: "wait"; readonly reasons: readonly string[]; readonly recovery: string | null }
  /** This id will never belong again: set the data aside and start anew, as a blank member of this place. */
  | { readonly kind: "beginAnew"; readonly message: string }
  /** This data directory is not this member's: end, and touch nothing. */
  | { readonly kind: "refuse"; readonly message: string };

/** A newcomer, and its letter. */
type Joining = { readonly member: MemberId; readonly place: Place; readonly ask: AskId | null };

type EventOf<K extends BirthEvent["kind"]> = Extract<BirthEvent, { readonly kind: K }>;
type BodyOf<K extends BirthBody["kind"]> = Extract<BirthBody, { readonly kind: K }>;
type EventHandlers = { readonly [K in BirthEvent["kind"]]: (event: EventOf<K>) => void };
type BodyHandlers = { readonly [K in BirthBody["kind"]]: (body: BodyOf<K>, from: Place) => void };

const TEXT_LENGTH_MAX = 250; // what a receiver accepts

export class Birth {
  readonly #options: BirthOptions;
  #state: BirthState;
  #effects: BirthEffect[] = [];

  constructor(options: BirthOptions, state: BirthState = NOTHING_KNOWN) {
    this.#options = options;
    this.#state = state;
  }

  get state(): BirthState {
    return this.#state;
  }

  /** Nothing left to wait for: ticks change nothing until something else happens. */
  get isSettled(): boolean {
    return isSettled(this.#state);
  }

  step(event: BirthEvent): readonly BirthEffect[] {
    this.#effects = [];
    this.#events[event.kind](event as never);
    return this.#effects;
  }

  readonly #events: EventHandlers = {
    started: ({ identity, fresh }) => {
      const foreign = identity === null ? null : foreignReason(this.#options, identity);
      if (foreign !== null) return void this.#effects.push({ kind: "refuse", message: foreign });
      this.#set({ identity, fresh });
      this.#ask();
      this.#goOn();
    },
    tick: () => {
      const ticks = this.#state.ticks + 1;
      this.#set(isSettled(this.#state) ? { ticks, withoutLeaderSince: ticks } : { ticks });
      if (isSettled(this.#state)) return;
      if (ticks % this.#options.timing.askEveryTicks === 0) this.#ask();
      this.#tellWaiting();
    },
    identitySaved: () => {
      if (this.#state.saving === null) return;
      this.#set({ identity: this.#state.saving, saving: null });
      this.#ask();
      this.#goOn();
    },
    message: ({ message: { group, from, body } }) => {
      if (from.ordinal === this.#options.self.ordinal) return;
      if (group !== this.#options.group) return this.#turnAway(from, body, `this is group ${this.#options.group}, not group ${group}`);
      this.#bodies[body.kind](body as never, from);
    },
    controllersSaid: ({ cluster, founding }) => {
      if (founding !== null && founding.group !== this.#options.group) return;
      this.#set({ controllers: { cluster, founding } });
      this.#goOn();
    },
    joinConsidered: ({ member, place, ask, accepted, removed, message }) => {
      const cluster = this.#cluster;
      this.#send(place, { kind: "joinAnswer", member, accepted, removed, message: message.slice(0, TEXT_LENGTH_MAX), cluster, ask });
    },
    standing: ({ membership, leader }) => {
      this.#set({ standing: { membership, leader }, ...(isSettled(this.#state) ? { withoutLeaderSince: this.#state.ticks } : {}) });
      this.#tellWaiting();
    },
  };

  readonly #bodies: BodyHandlers = {
    ask: ({ ask }, from) => {
      if (this.#isOtherPlace(from)) this.#noteAsker(from, ask.asker);
      const { identity, saving } = this.#state;
      if (identity === null || saving !== null) return;
      this.#send(from, { kind: "answer", ask, identity, places: this.#options.places.length });
    },
    answer: ({ ask, identity, places }, from) => {
      if (!this.#isAwaited(ask, from) || identity.ordinal !== from.ordinal || identity.group !== this.#options.group) return;
      const { ticks: atTick } = this.#state;
      // A name, or an address that was given to somebody else meanwhile, has led to another group's place of the same number.
      const isThere = this.#others.some(({ ordinal, address }) => ordinal === from.ordinal && address === from.address);
      this.#hear(from, isThere ? { kind: "answer", atTick, identity, places } : { kind: "stranger", atTick, address: from.address });
    },
    turnedAway: ({ ask, why }, from) => {
      if (this.#isAwaited(ask, from)) this.#hear(from, { kind: "turnedAway", atTick: this.#state.ticks, why });
    },
    join: ({ member, cluster, ask }, place) => {
      if (!this.#state.became) return;
      const why = this.#whyNotHere(cluster, place);
      if (why === null) this.#effects.push({ kind: "considerJoin", member, place, ask });
      else this.#events.joinConsidered({ kind: "joinConsidered", member, place, ask, accepted: false, removed: false, message: why });
    },
    joinAnswer: ({ member, removed, message, cluster, ask }, from) => {
      if (member !== this.#state.identity?.member || !this.#isOtherPlace(from)) return;
      // What ends a member is believed only as the answer to a letter of this life, and only from its own cluster.
      const isAsked = ask !== null && this.#isMine(ask) && ask.sequence <= this.#state.sequence && cluster === this.#cluster;
      if (removed && isAsked && asksToJoin(this.#options, this.#state)) this.#effects.push({ kind: "beginAnew", message });
      this.#set({ joinAnswers: { ...this.#state.joinAnswers, [from.ordinal]: message } });
      this.#tellWaiting();
    },
  };

  /**
   * A new member at that place: an answer that is still under way comes from one that no longer exists. Without this, a
   * founding that nobody else holds could be adopted after all, beside the one that its founder's successor makes.
   */
  #noteAsker(from: Place, asker: MemberId): void {
    const { askers, asked } = this.#state;
    if (askers[from.ordinal] === asker) return;
    this.#set({ asked: without(asked, from.ordinal), askers: { ...askers, [from.ordinal]: asker } });
  }

  #hear(from: Place, heard: Heard): void {
    this.#set({ asked: without(this.#state.asked, from.ordinal), heard: { ...this.#state.heard, [from.ordinal]: heard } });
    this.#goOn();
  }

  /** Takes the step that follows from what is known, if one does. */
  #goOn(): void {
    const next = nextIdentity(this.#options, this.#state);
    if (next !== null) {
      this.#set({ saving: next });
      this.#effects.push({ kind: "saveIdentity", identity: next });
    }
    const { identity, became } = this.#state;
    const founding = identity === null ? null : foundingOf(identity);
    if (!became && identity !== null && founding !== null && mayBecome(identity)) {
      this.#set({ became: true });
      this.#effects.push({ kind: "become", member: identity.member, founding, membership: foundingMembership(founding.members) });
    }
    this.#tellWaiting();
  }

  #ask(): void {
    const { identity, ticks } = this.#state;
    if (identity === null) return;
    const { boot } = this.#options;
    for (const place of this.#others) {
      if (asksToJoin(this.#options, this.#state))
        this.#send(place, {
          kind: "join",
          member: identity.member,
          cluster: this.#cluster,
          ask: { asker: identity.member, boot, sequence: this.#state.sequence },
        });
      const earlier = this.#state.asked[place.ordinal];
      if (earlier !== undefined && ticks - earlier.atTick < this.#options.timing.silentTicks) continue;
      const sequence = this.#state.sequence + 1;
      this.#set({ sequence, asked: { ...this.#state.asked, [place.ordinal]: { sequence, atTick: ticks } } });
      this.#send(place, { kind: "ask", ask: { asker: identity.member, boot, sequence }, places: this.#options.places.length });
    }
    const question = questionForControllers(this.#options, this.#state);
    if (question !== null) this.#effects.push({ kind: "askControllers", ...question });
  }

  #isAwaited(ask: AskId, from: Place): boolean {
    return this.#isMine(ask) && this.#state.asked[from.ordinal]?.sequence === ask.sequence;
  }

  /** A letter of this member in this life. */
  #isMine(ask: AskId): boolean {
    return ask.asker === this.#state.identity?.member && ask.boot === this.#options.boot;
  }

  get #cluster(): ClusterId | null {
    const { identity } = this.#state;
    return identity === null ? null : (foundingOf(identity)?.cluster ?? null);
  }

  /** Why nobody from there belongs here, whoever leads; null if somebody may. */
  #whyNotHere(cluster: ClusterId | null, place: Place): string | null {
    const own = this.#cluster;
    if (cluster !== null && cluster !== own) return `this is cluster ${own ?? "unknown"}, not cluster ${cluster}`;
    return whyNotPlace(place, this.#options.places);
  }

  #isOtherPlace(from: Place): boolean {
    return this.#others.some(({ ordinal }) => ordinal === from.ordinal);
  }

  get #others(): readonly Place[] {
    return others(this.#options, this.#state);
  }

  #turnAway(from: Place, body: BirthBody, why: string): void {
    if (body.kind === "ask") this.#send(from, { kind: "turnedAway", ask: body.ask, why });
  }

  #send(to: Place, body: BirthBody): void {
    this.#effects.push({ kind: "send", to, message: { group: this.#options.group, from: this.#options.self, body } });
  }

  #tellWaiting(): void {
    const waiting = waitingFor(this.#options, this.#state);
    const told = this.#state.waiting;
    if (waiting.recovery === told.recovery && waiting.reasons.join("\n") === told.reasons.join("\n")) return;
    this.#set({ waiting });
    this.#effects.push({ kind: "wait", ...waiting });
  }

  #set(changes: Partial<BirthState>): void {
    this.#state = { ...this.#state, ...changes };
  }
}

function foreignReason(options: BirthOptions, identity: Identity): string | null {
  if (identity.group !== options.group)
    return `the data directory belongs to group ${identity.group}, the configuration says group ${options.group}`;
  if (identity.ordinal !== options.self.ordinal) {
    return `the data directory belongs to ordinal ${identity.ordinal}, the configuration says ordinal ${options.self.ordinal}`;
  }
  const founding = foundingOf(identity);
  if (founding === null || isWanted(options, founding)) return null;
  return `the data directory belongs to cluster ${founding.cluster}, the configuration says cluster ${options.cluster ?? ""}`;
}

function without<T>(record: ByOrdinal<T>, ordinal: number): ByOrdinal<T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => Number(key) !== ordinal)) as ByOrdinal<T>;
}
