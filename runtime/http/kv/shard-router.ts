// How a request reaches the group that serves its shard: this member, its leader, or a member of another group by the
// adopted configuration. What certainly did not happen is tried again until the deadline, elsewhere or after a moment; what
// may have been proposed never is. A request that another member handed on goes no further, so two members whose maps
// differ send nothing to and fro.
import type { GroupId } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { refused, unknown } from "../../../core/base/outcome.ts";
import type { KvQuery } from "../../../core/kv/commands.ts";
import { encodeQuery } from "../../../core/kv/commands.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import type { Verdict } from "../../../core/routing/retry.ts";
import { judge } from "../../../core/routing/retry.ts";
import type { MemberAddress } from "../../../core/shards/configuration.ts";
import { ownerOf } from "../../../core/shards/configuration.ts";
import type { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import type { Clock } from "../../clock.ts";
import type { MemberDoor } from "../../replica/member-door.ts";
import type { MemberView } from "../../replica/member.ts";
import type { Looked } from "../../replica/read-rounds.ts";
import { READ_ATTEMPT_MS, ReadRounds } from "../../replica/read-rounds.ts";
import { AfterTurn } from "../../after-turn.ts";
import type { Asker, Caller } from "../caller.ts";
import type { Forwarded, Forwarder, Forwarding } from "../forwarder.ts";
import { outcomeIn } from "../forwarder.ts";
import type { Asked } from "./group-origins.ts";
import { GroupOrigins } from "./group-origins.ts";
import { ShardHold } from "./shard-hold.ts";

/** `look`: a linearizable read that may share its question to the replica with others. */
export type RoutedOperation = ClientOperation | { readonly kind: "look"; readonly query: KvQuery };

export type RoutedRequest = {
  readonly shard: number;
  readonly operation: RoutedOperation;
  /** The same for another member. */
  readonly forwarding: Omit<Forwarding, "origin" | "timeoutMs">;
  readonly untilMs: number;
  /** `here`: asked of this member alone; the answer says who else could. */
  readonly route: "anywhere" | "here";
  readonly caller: Caller;
};

export type Routed =
  | { readonly kind: "here"; readonly outcome: OutcomeHere }
  /** Another member's answer, for the one who asked. */
  | { readonly kind: "there"; readonly answer: Forwarded };

export type RouterOptions = {
  readonly group: GroupId;
  /** Where clients reach this member. */
  readonly origin: string;
  readonly member: MemberView<ShardedStateMachine>;
  readonly membersOf: (group: GroupId) => readonly MemberAddress[];
  readonly door: Pick<MemberDoor, "ask" | "leaderOrigin" | "heardOrigins" | "untilLeader">;
  readonly forwarder: Pick<Forwarder, "forward">;
  readonly clock: Clock;
};

type OutcomeHere = Outcome<Reply | Looked>;
type Tell = (outcome: OutcomeHere) => void;

/** Of a request that was asked of this member first. */
type FirstAttempt = { readonly request: RoutedRequest; readonly asker: Asker<Routed>; readonly outcome: OutcomeHere };

type Attempt = {
  readonly routed: Routed;
  readonly outcome: Outcome<unknown>;
  /** Who was asked, besides this member. */
  readonly origin: string | null;
};

/** What one request knows so far. */
type Journey = {
  readonly request: RoutedRequest;
  /** Asked since the last pause; "" is this member. */
  readonly tried: Set<string>;
  /** Where the last refusal pointed. */
  hint: GroupId | null;
  /** This member is ending: whoever is left is asked, and nobody waits here. */
  isEnding: boolean;
  /** Whoever was asked last, and could tell, knew no leader. */
  isLeaderless: boolean;
};

const PAUSE_MS = 20;
/** Behind the one that goes on trying, which may have met a member that hangs. */
const HELD_MS = 250;
const HERE = "";

export class ShardRouter {
  readonly #options: RouterOptions;
  readonly #hold = new ShardHold();
  readonly #reads: ReadRounds;
  readonly #firstAttempts = new AfterTurn<FirstAttempt>((attempt) => this.#tried(attempt));
  readonly origins: GroupOrigins;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#reads = new ReadRounds(options);
    this.origins = new GroupOrigins(options.membersOf);
  }

  /** `route` as a promise. */
  perform(request: RoutedRequest): Promise<Routed> {
    return new Promise((answer, fail) => this.route(request, { answer, fail }));
  }

  /** Answers once, perhaps at once. What this member serves needs nothing of a journey: nearly every request ends with its first attempt. */
  route(request: RoutedRequest, asker: Asker<Routed>): void {
    // A write would be refused when it is applied; until then it would only fill the log.
    const why = this.#whyNotHere(request.shard);
    if (why === null) this.#ask(request, (outcome) => this.#firstAttempts.add({ request, asker, outcome }));
    else if (request.route === "here") asker.answer({ kind: "here", outcome: why });
    else this.#travel(request, asker, null);
  }

  #tried({ request, asker, outcome }: FirstAttempt): void {
    if (outcome.kind === "done" || request.route === "here") asker.answer({ kind: "here", outcome });
    else this.#travel(request, asker, here(outcome));
  }

  #travel(request: RoutedRequest, asker: Asker<Routed>, first: Attempt | null): void {
    this.#journey(withOwnMemory(request), first).then(
      (routed) => asker.answer(routed),
      (error: unknown) => asker.fail(error),
    );
  }

  /** `first`: what became of asking this member; null: that was not tried. */
  async #journey(request: RoutedRequest, first: Attempt | null): Promise<Routed> {
    const tried = new Set(first === null ? [] : [HERE]);
    const journey: Journey = { request, tried, hint: null, isEnding: false, isLeaderless: false };
    try {
      for (let attempt = first ?? (await this.#attempt(journey)); ; attempt = await this.#attempt(journey)) {
        const verdict = judge(soFar(request), attempt.outcome);
        if (this.#isOver(attempt, verdict, request)) return attempt.routed;
        if (!(await this.#prepareNext(journey, attempt, verdict))) return this.#outOfTime(journey, attempt);
      }
    } finally {
      this.#hold.end(request.shard, journey);
    }
  }

  /** The group that is asked first about a shard; null: none is known. */
  groupOf(shard: number): GroupId | null {
    const machine = this.#options.member.life?.machine;
    if (machine === undefined) return this.#options.group;
    const why = machine.whyNotHere(shard);
    // Who knows of no configuration yet may have a leader that does.
    if (why === null || machine.configuration.number === 0) return this.#options.group;
    return ownerIn(why) ?? ownerOf(machine.configuration, shard);
  }

  /** A member of a group, for those who know it; null: there is none that is known. */
  originOf(group: GroupId): string | null {
    return this.origins.leaderOf(group) ?? this.#options.membersOf(group)[0]?.http ?? null;
  }

  /** A read of a whole group's, asked of one member. Null: no answer. */
  async askOnce(group: GroupId, { forwarding, untilMs }: Pick<RoutedRequest, "forwarding" | "untilMs">): Promise<Forwarded | null> {
    const { clock, forwarder, origin: own } = this.#options;
    const origin = this.origins.choose({ group, kind: "read" }, new Set([own]), clock.monotonicMs());
    if (origin === null) return null;
    const timeoutMs = Math.max(1, Math.min(READ_ATTEMPT_MS, Math.ceil(untilMs - clock.monotonicMs())));
    const answered = await forwarder.forward({ ...forwarding, origin, timeoutMs });
    if (answered.kind === "done") return answered.value;
    this.origins.avoid(group, origin, clock.monotonicMs());
    return null;
  }

  #attempt(journey: Journey): Promise<Attempt> {
    const { request, hint, tried } = journey;
    const { group: own } = this.#options;
    const group = hint ?? this.groupOf(request.shard);
    // Nobody's, as far as is known here: this member says so.
    if (group === null || (group === own && !tried.has(HERE))) {
      tried.add(HERE);
      return this.#askHere(request);
    }
    return this.#askGroup(journey, group);
  }

  async #askHere(request: RoutedRequest): Promise<Attempt> {
    return here(this.#whyNotHere(request.shard) ?? (await new Promise<OutcomeHere>((tell) => this.#ask(request, tell))));
  }

  #whyNotHere(shard: number): Outcome<never> | null {
    return this.#options.member.life?.machine.whyNotHere(shard) ?? null;
  }

  #ask(request: RoutedRequest, tell: Tell): void {
    const { operation } = request;
    if (operation.kind === "look") this.#look(operation.query, request, tell);
    else this.#askReplica(operation, request, tell);
  }

  #askReplica(operation: ClientOperation, request: RoutedRequest, tell: Tell): void {
    this.#options.door.ask({ operation, timeoutMs: this.#attemptMs(request), caller: request.caller }, tell);
  }

  #look(query: KvQuery, request: RoutedRequest, tell: Tell): void {
    if (request.caller.isGone) return tell(unknown("connectionLost"));
    // A question is given up at the latest deadline of those that share it, which may be long after this one's.
    if (this.#remainingMs(request) < READ_ATTEMPT_MS)
      return this.#askReplica({ kind: "read", query: encodeQuery(query), consistency: "linearizable" }, request, tell);
    this.#reads.add({ query, untilMs: request.untilMs, answer: tell });
  }

  async #askGroup({ request, tried }: Journey, group: GroupId): Promise<Attempt> {
    const { origin: ownOrigin, forwarder, clock } = this.#options;
    const { kind } = request.operation;
    tried.add(ownOrigin);
    const origin = this.#choose({ group, kind: kind === "write" ? "write" : "read" }, tried);
    if (origin === null) return here(refused("noQuorum", `no other member of group ${group} is known`));
    tried.add(origin);
    const answered = await forwarder.forward({ ...request.forwarding, origin, timeoutMs: this.#attemptMs(request) });
    if (answered.kind !== "done") {
      this.origins.avoid(group, origin, clock.monotonicMs());
      return { ...here(answered), origin };
    }
    const { outcome, leader: named } = outcomeIn(answered.value);
    if (named !== null) this.origins.leads(group, named);
    else if (outcome.kind === "done" && kind === "write") this.origins.leads(group, origin);
    return { routed: { kind: "there", answer: answered.value }, outcome, origin };
  }

  /** Null: there is nobody left who could be asked. */
  #choose(asked: Asked, tried: ReadonlySet<string>): string | null {
    const { group: own, door, membersOf, clock } = this.#options;
    if (asked.group !== own) return this.origins.choose(asked, tried, clock.monotonicMs());
    const leader = asked.kind === "write" ? door.leaderOrigin() : null;
    if (leader !== null && !tried.has(leader)) return leader;
    // Somebody else may know a leader. But who hangs would take a write, and nobody would ever know what became of it; reads
    // would only pile up there.
    const heard = door.heardOrigins();
    const silent = membersOf(own).flatMap(({ http }) => (heard.includes(http) ? [] : [http]));
    const origin = this.origins.choose(asked, new Set([...tried, ...silent]), clock.monotonicMs());
    return origin !== null && heard.includes(origin) ? origin : null;
  }

  #isOver({ outcome, origin }: Attempt, verdict: Verdict<unknown>, { operation }: RoutedRequest): boolean {
    if (verdict.kind !== "again") return true;
    if (verdict.where === "sameAfterPause") return true;
    const isUnborn = this.#options.member.life === null && origin === null;
    const isStale = operation.kind === "read" && operation.consistency === "stale" && origin === null;
    // Who waits for its group has nobody to hand anything to; and a stale read is answered at once.
    return isUnborn || (isStale && outcome.kind === "refused" && outcome.refusal.code === "starting");
  }

  /** False: there is no time for another attempt, or nobody waits for it. */
  async #prepareNext(journey: Journey, { outcome, origin }: Attempt, verdict: Verdict<unknown>): Promise<boolean> {
    const { request, tried } = journey;
    journey.isLeaderless = isLeaderless(outcome) ?? journey.isLeaderless;
    journey.isEnding ||= origin === null && outcome.kind === "refused" && outcome.refusal.code === "shuttingDown";
    const isOfOwner = verdict.kind === "again" && verdict.where === "owner";
    journey.hint = isOfOwner ? ownerIn(outcome) : journey.hint;
    if (!isOfOwner && !this.#isExhausted(journey)) return this.#isWanted(request);
    if (isOfOwner && journey.hint !== null && !this.#hasAsked(journey, journey.hint)) return this.#isWanted(request);
    tried.clear();
    journey.hint = null;
    if (journey.isEnding || this.#remainingMs(request) <= PAUSE_MS) return false;
    const first = isOfOwner ? this.#hold.wait(request.shard, journey) : null;
    const { door } = this.#options;
    await (first === null ? door.untilLeader(PAUSE_MS) : Promise.race([first, pause(Math.min(HELD_MS, this.#remainingMs(request)))]));
    return this.#isWanted(request);
  }

  /** Whether every member that could be asked next has been. */
  #isExhausted({ request, tried, hint }: Journey): boolean {
    const group = hint ?? this.groupOf(request.shard);
    if (group === null) return true;
    const { group: own, origin } = this.#options;
    if (group === own && !tried.has(HERE)) return false;
    const kind = request.operation.kind === "write" ? "write" : "read";
    return this.#choose({ group, kind }, new Set([...tried, origin])) === null;
  }

  #hasAsked({ tried }: Journey, group: GroupId): boolean {
    if (group === this.#options.group) return tried.has(HERE);
    const members = this.#options.membersOf(group);
    return members.length === 0 || members.some(({ http }) => tried.has(http));
  }

  #isWanted({ caller }: RoutedRequest): boolean {
    return !caller.isGone;
  }

  #remainingMs({ untilMs }: RoutedRequest): number {
    return untilMs - this.#options.clock.monotonicMs();
  }

  #attemptMs(request: RoutedRequest): number {
    const remainingMs = Math.max(1, Math.ceil(this.#remainingMs(request)));
    return request.operation.kind === "write" ? remainingMs : Math.min(remainingMs, READ_ATTEMPT_MS);
  }

  #outOfTime({ request, isLeaderless }: Journey, { outcome, routed }: Attempt): Routed {
    // What became of the last attempt of a read is of no matter: it changed nothing.
    const mayHaveHappened = outcome.kind === "unknown" && request.operation.kind === "write";
    return isLeaderless && !mayHaveHappened ? here(refused("noQuorum", "no leader was found before the deadline")).routed : routed;
  }
}

/** A journey may last until the deadline: its command must not keep all that was put together in the same piece of memory. */
function withOwnMemory(request: RoutedRequest): RoutedRequest {
  const { operation } = request;
  if (operation.kind !== "write") return request;
  return { ...request, operation: { ...operation, command: operation.command.slice() } };
}

const soFar = ({ operation }: RoutedRequest) =>
  ({ request: operation.kind === "write" ? "plainWrite" : "read", mayHaveHappened: false }) as const;

function here(outcome: OutcomeHere): Attempt {
  return { routed: { kind: "here", outcome }, outcome, origin: null };
}

/** Null: whoever was asked had no time to tell, or did not answer. */
function isLeaderless(outcome: Outcome<unknown>): boolean | null {
  if (outcome.kind !== "refused" || outcome.refusal.code === "deadline") return null;
  return outcome.refusal.code === "notLeader" || outcome.refusal.code === "noQuorum";
}

function ownerIn(outcome: Outcome<unknown>): GroupId | null {
  const owner = outcome.kind === "refused" ? outcome.refusal.details?.["owner"] : null;
  return typeof owner === "string" ? (owner as GroupId) : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
