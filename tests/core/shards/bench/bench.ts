// Several groups, their controllers and their clients in one small world: messages between them arrive in any order, late,
// twice or never; leaders change, members restart, controllers are away. After every step a shard is served by one group at
// most; when the faults have ended, everything comes to rest at the last configuration and nothing that was acknowledged is
// missing or there twice, and what clients were told has an order. The same seed gives the same run.
import { EMPTY_BYTES, textOf, utf8 } from "../../../../core/base/bytes.ts";
import { asBoot, asGroup, asMember } from "../../../../core/base/ids.ts";
import type { GroupId } from "../../../../core/base/ids.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import { done, unknown } from "../../../../core/base/outcome.ts";
import { Random } from "../../../../core/base/random.ts";
import { encodeQuery } from "../../../../core/kv/commands.ts";
import { decodeResult } from "../../../../core/kv/results.ts";
import { createClientId } from "../../../../core/replica/applied/client-id.ts";
import type { CompanionEffect } from "../../../../core/replica/companion.ts";
import type { GroupSaid, Holders } from "../../../../core/shard-controller/holders.ts";
import { holdersIn } from "../../../../core/shard-controller/holders.ts";
import type { Configuration } from "../../../../core/shards/configuration.ts";
import { encodeConfiguration, FIRST_CONFIGURATION, ownerOf } from "../../../../core/shards/configuration.ts";
import { decodeGroupCommand, mayGroupsAsk } from "../../../../core/shards/group-commands.ts";
import { shardLists } from "../../../../core/shards/shard-lists.ts";
import { encodeSettlement } from "../../../../core/shards/settlement.ts";
import type { Settlement } from "../../../../core/shards/settlement.ts";
import { isServed } from "../../../../core/shards/shard-status.ts";
import type { ShardedStateMachine } from "../../../../core/shards/sharded-state-machine.ts";
import { shardOf } from "../../../../core/shards/slots.ts";
import { AnsweredHistory } from "./answered-history.ts";
import type { Line, Query, Request } from "./bench-client.ts";
import { BenchClient } from "./bench-client.ts";
import type { BenchMember, Reply } from "./bench-group.ts";
import { BenchGroup, NOT_LEADER } from "./bench-group.ts";

export const START_MS = 1_800_000_000_000;
const STEP_MS = 10;
const DELIVERIES_PER_STEP = 12;

export type BenchOptions = {
  readonly seed: number;
  readonly groups: number;
  /** From number 1 on; given out one after the other. */
  readonly configurations: readonly Configuration[];
  readonly keys: readonly string[];
  readonly clients?: number;
  readonly changesMax?: number;
  readonly skewsMs?: readonly number[];
};

/** A question of which nothing comes is given up then, however long its answer might take. */
const SILENCE_MS_MAX = 2_000;

export type Ask = Extract<CompanionEffect, { readonly kind: "ask" }>;

export class Bench {
  readonly groups: readonly BenchGroup[];
  readonly clients: readonly BenchClient[];
  readonly random: Random;
  readonly history = new AnsweredHistory();
  /** Whether messages are lost, late and repeated, leaders change, and members restart. */
  areFaultsOn = true;
  areControllersUp = true;
  /** Not where a group was recovered from a log without its end: until it hears what it has given away, two may serve. */
  areOwnersCompared = true;
  /** Of these nothing is heard any more. */
  readonly gone = new Set<GroupId>();
  /** By an administrator's word, whatever they serve. */
  readonly #writtenOff = new Set<GroupId>();
  /** From number 1 on. */
  readonly #made: (Configuration | Settlement)[] = [];
  #announced = 0;
  nowMs = START_MS;
  /** For tests that want to do something at a certain step of a move: asked before every question is carried. */
  onAsk: (member: BenchMember, ask: Ask) => "carry" | "drop" = () => "carry";
  readonly #options: BenchOptions;
  #bag: (() => void)[] = [];
  /** Of all groups, when owners were last compared. */
  #checkedEntries = -1;
  #timers: { readonly atMs: number; readonly act: () => void }[] = [];

  constructor(options: BenchOptions) {
    this.#options = options;
    const { seed, groups, keys, clients = 3, changesMax = 1_000, skewsMs = [] } = options;
    this.random = new Random(seed);
    this.groups = Array.from({ length: groups }, (_, i) => {
      const id = asGroup(String(i + 1));
      const random = this.random.child(`group ${id}`);
      return new BenchGroup({
        id,
        random,
        members: 3,
        own: null,
        changesMax,
        skewMs: skewsMs[i] ?? 0,
        ask: (member, ask) => this.#ask(member, ask),
      });
    });
    this.clients = Array.from({ length: clients }, (_, i) => {
      const id = createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count: i });
      return new BenchClient({ name: `c${String(i)}`, id, keys, history: this.history, random: this.random.child(`client ${String(i)}`) });
    });
  }

  group(id: string): BenchGroup {
    return this.groups.find((group) => group.id === id) as BenchGroup;
  }

  get configuration(): Configuration {
    return configurationIn(this.#made.at(-1) ?? FIRST_CONFIGURATION);
  }

  announce(): void {
    const next = this.#options.configurations[this.#announced];
    if (next === undefined) return;
    this.#announced++;
    this.make({ ...next, number: this.#made.length + 1 });
  }

  /** The next one. */
  make(next: Configuration | Settlement): void {
    this.#made.push(next);
  }

  /** By leaders that have applied all that was committed. */
  get said(): ReadonlyMap<GroupId, GroupSaid> {
    return new Map(this.#living.map(({ id, witness }) => [id, saidBy(witness.machine)]));
  }

  /** As the controllers do, by what the leaders of the others say. */
  takeBack(evenFrozen = false, named: readonly GroupId[] = [...this.gone]): Holders {
    const gone = { groups: named, evenFrozen };
    const said = new Map(this.#living.map((group) => [group.id, saidBy(group.leading.machine)]));
    const holders = holdersIn([FIRST_CONFIGURATION, ...this.#made.map(configurationIn)], said, gone);
    if (holders.kind === "known") {
      const configuration = { ...this.configuration, number: this.#made.length + 1, shards: holders.holders };
      this.make({ configuration, frozenTo: evenFrozen ? holders.gone : [] });
      if (evenFrozen) for (const group of holders.gone) this.#writtenOff.add(group);
    }
    return holders;
  }

  /** It was not gone after all. */
  find(id: string): void {
    this.gone.delete(asGroup(id));
    this.#writtenOff.delete(asGroup(id));
    this.group(id).hasMajority = true;
  }

  lose(id: string): void {
    const group = this.group(id);
    this.gone.add(group.id);
    group.hasMajority = false;
  }

  get #living(): readonly BenchGroup[] {
    return this.groups.filter(({ id }) => !this.gone.has(id));
  }

  run(steps: number, { begins = true } = {}): void {
    for (let i = 0; i < steps; i++) this.step(begins);
  }

  runUntil(holds: () => boolean, { begins = false, stepsMax = 6_000 } = {}): void {
    for (let i = 0; i < stepsMax; i++) {
      if (holds()) return;
      this.step(begins);
    }
    throw new Error(`it did not happen in ${String(stepsMax)} steps: ${this.describe()}`);
  }

  step(begins: boolean): void {
    this.nowMs += STEP_MS;
    const { random } = this;
    this.#endTimers();
    const line: Line = { write: (key, request) => this.send(key, request), read: (key, query) => this.read(key, query) };
    for (const client of this.clients) client.step(this.nowMs, begins, line);
    for (const group of this.#living) this.#stepGroup(group);
    for (let i = 0; i < DELIVERIES_PER_STEP && this.#bag.length > 0; i++) {
      const at = this.areFaultsOn ? random.between(0, this.#bag.length - 1) : 0;
      const [deliver] = this.#bag.splice(at, 1);
      deliver?.();
    }
    if (this.areOwnersCompared) this.#checkOwners();
  }

  /** Everybody has the last configuration and has ended its moves. */
  get isSettled(): boolean {
    return this.#living.every(
      ({ witness }) => witness.machine.configuration.number === this.#made.length && witness.machine.state.isSettled,
    );
  }

  /** The faults end; everything comes to rest. */
  heal(): void {
    this.areFaultsOn = false;
    this.areControllersUp = true;
    for (const group of this.#living) group.hasMajority = true;
    this.runUntil(() => this.isSettled && this.clients.every(({ isIdle }) => isIdle));
  }

  /** As the owner's log has it; null: absent. */
  valueOf(key: string): string | null {
    const owner = ownerOf(this.configuration, shardOf(utf8(key)));
    const outcome = this.group(owner ?? "").witness.machine.query(encodeQuery({ kind: "get", key: utf8(key) }));
    if (outcome.kind !== "done") throw new Error(`${key} is not served: ${JSON.stringify(outcome)}`);
    const result = decodeResult(outcome.value);
    return result?.kind === "found" ? textOf(result.value) : null;
  }

  /** By any member of a group. */
  read(key: string, { query, answer }: Query): void {
    const group = this.#believedOwner(key);
    this.post(() => group.read(this.random.pick(group.members), query, this.#telling(group, answer)));
  }

  send(key: string, request: Request): void {
    const group = this.#believedOwner(key);
    this.post(() => {
      if (group.hasMajority) group.propose(request.command, request.session, this.#telling(group, request.answer));
    });
  }

  #telling({ id }: BenchGroup, answer: Reply): Reply {
    return (outcome) => {
      const answered = { by: id, atMs: this.nowMs };
      this.post(() => {
        this.history.answered = answered;
        answer(outcome);
        this.history.answered = null;
      });
    };
  }

  /** Perhaps never, perhaps twice, and at any time. */
  post(message: () => void): void {
    if (this.areFaultsOn && this.random.chance(0.1)) return;
    this.#bag.push(message);
    if (this.areFaultsOn && this.random.chance(0.1)) this.#bag.push(message);
  }

  describe(): string {
    const of = ({ id, witness }: BenchGroup): string => {
      const { configuration, state } = witness.machine;
      const moving = state.shards.flatMap(({ status }, shard) => ("number" in status ? [`${String(shard)} ${status.kind}`] : []));
      return `group ${id} has ${String(configuration.number)} of ${String(this.#made.length)}, ${moving.join(", ")}`;
    };
    return this.groups.map(of).join("; ");
  }

  #endTimers(): void {
    // In the order in which they were set, and all of them for equally long: the first is the next.
    while ((this.#timers[0]?.atMs ?? Infinity) <= this.nowMs) this.#timers.shift()?.act();
  }

  #believedOwner(key: string): BenchGroup {
    const { random } = this;
    const owner = ownerOf(this.configuration, shardOf(utf8(key)));
    const believed = random.chance(0.7) ? this.groups.find(({ id }) => id === owner) : undefined;
    return believed ?? random.pick(this.groups);
  }

  #stepGroup(group: BenchGroup): void {
    const { random } = this;
    group.nowMs = this.nowMs;
    group.commit(() => this.areFaultsOn && random.chance(0.1));
    for (const member of group.members) {
      if (!this.areFaultsOn) member.applyUpTo(group.log.length);
      else if (random.chance(0.6)) member.applyUpTo(random.between(member.index, group.log.length));
    }
    for (const member of group.members) member.serveReads();
    if (this.areFaultsOn && random.chance(0.003)) group.restartAll();
    if (this.areFaultsOn && random.chance(0.02)) random.pick(group.members).takeSnapshot(random.pick([50, 1_000, 100_000]));
    if (this.areFaultsOn && random.chance(0.01)) group.changeLeader();
    if (this.areFaultsOn && random.chance(0.01)) this.#restart(group, random.between(0, group.members.length - 1));
    group.tick();
  }

  #restart(group: BenchGroup, ordinal: number): void {
    if (ordinal === group.leader) group.changeLeader();
    (group.members[ordinal] as BenchMember).restart();
  }

  #ask(member: BenchMember, ask: Ask): void {
    const { life, group } = member;
    let isAnswered = false;
    const answer = (outcome: Outcome<Uint8Array>, configNumber: number | null): void => {
      if (isAnswered || member.life !== life) return;
      isAnswered = true;
      group.perform(member, member.mover.step({ kind: "answered", ask: ask.ask, outcome, configNumber }));
    };
    this.#timers.push({ atMs: this.nowMs + Math.min(ask.timeoutMs, SILENCE_MS_MAX), act: () => answer(unknown("deadline"), null) });
    if (this.onAsk(member, ask) === "drop") return;
    this.post(() => this.#carry(ask, (outcome, configNumber) => this.post(() => answer(outcome, configNumber))));
  }

  #carry({ question }: Ask, answer: (outcome: Outcome<Uint8Array>, configNumber: number | null) => void): void {
    if (question.to === "controllers") {
      if (this.areControllersUp) answer(done(this.#announcedAs(question.number)), null);
      return;
    }
    const group = this.group(question.group);
    if (this.gone.has(group.id)) return;
    const { kind, bytes } = question.operation;
    if (!mayGroupsAsk(kind, bytes)) throw new Error(`no group may ask that: ${decodeGroupCommand(bytes)?.kind ?? "?"}`);
    const member = this.random.pick(group.members);
    const { number } = member.machine.configuration;
    if (kind === "read") answer(member.machine.query(bytes), number);
    else if (!group.hasMajority) answer(NOT_LEADER, number);
    else group.propose(bytes, null, (outcome) => answer(outcome, group.witness.machine.configuration.number));
  }

  #announcedAs(number: number): Uint8Array {
    const found = this.#made[number - 1];
    if (found === undefined) return EMPTY_BYTES;
    return "frozenTo" in found ? encodeSettlement(found) : encodeConfiguration(found);
  }

  /** F51: by what is committed, which is the earliest moment at which anybody could be served. */
  #checkOwners(): void {
    const entries = this.groups.reduce((sum, { log }) => sum + log.length, 0);
    if (entries === this.#checkedEntries) return;
    this.#checkedEntries = entries;
    const shards = new Map<number, GroupId>();
    for (const { id, witness } of this.groups) {
      if (this.#writtenOff.has(id)) continue;
      witness.machine.state.shards.forEach(({ status }, shard) => {
        if (!isServed(status)) return;
        const other = shards.get(shard);
        if (other !== undefined) throw new Error(`shard ${String(shard)} is served by groups ${other} and ${id}`);
        shards.set(shard, id);
      });
    }
  }
}

function saidBy({ configuration, state }: ShardedStateMachine): GroupSaid {
  return { ...shardLists(state), configNumber: configuration.number, tooOld: [] };
}

const configurationIn = (made: Configuration | Settlement): Configuration => ("frozenTo" in made ? made.configuration : made);
