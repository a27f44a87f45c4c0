// A member that serves every shard, without disks and consensus: what it takes is applied at once by its real state machine. And
// connections to it without sockets.
import { asGroup, asIndex, asServiceIndex, asTerm, asMember, asCluster } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done } from "../../../core/base/outcome.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../core/replica/options.ts";
import type { MemberAddress } from "../../../core/shards/configuration.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import { encodeGroupCommand } from "../../../core/shards/group-commands.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import type { AccessPolicy } from "../../../runtime/http/access.ts";
import { OPEN_TO_ALL } from "../../../runtime/http/access.ts";
import type { Surroundings } from "../../../runtime/redis/client.ts";
import { Client } from "../../../runtime/redis/client.ts";
import type { AnnouncedAddress } from "../../../runtime/redis/cluster/cluster-view.ts";
import { ClusterView } from "../../../runtime/redis/cluster/cluster-view.ts";
import { Connection } from "../../../runtime/redis/connection.ts";
import type { KeySpace } from "../../../runtime/redis/key-space.ts";
import { ServerFacts } from "../../../runtime/redis/server-facts.ts";
import { StoreGate } from "../../../runtime/redis/store-gate.ts";
import { StoreReader } from "../../../runtime/redis/store-reader.ts";
import type { Life } from "../../../runtime/replica/member.ts";
import { ReplyReader } from "./reply-reader.ts";
import type { RedisReply } from "./reply-reader.ts";

const GROUP = asGroup("1");
export const ADDRESSES: readonly MemberAddress[] = [0, 1, 2].map((i) => ({
  peer: `127.0.0.1:${7_600 + i}`,
  http: `http://127.0.0.1:${7_410 + i}`,
  redis: `redis://127.0.0.1:${7_510 + i}`,
}));

export class StoreFixture {
  machine = newMachine();
  /** What the next operations are answered instead of being done. */
  readonly instead: Outcome<Reply>[] = [];
  readonly asked: ClientOperation[] = [];
  /** How long each of them may take. */
  readonly timeoutsMs: number[] = [];
  monotonicMs: () => number = () => performance.now();
  readonly counted: string[] = [];
  /** Who leads, by ordinal; null: nobody. */
  leader: number | null = 0;
  /** Answers of operations wait until `release`. */
  isHolding = false;
  /** False: as while a member has opened its doors, and is not of its group yet. */
  isBorn = true;
  /** Commands that others have acknowledged, and that are applied here once this member is asked something. */
  readonly behind: Uint8Array[] = [];
  wallMs: () => number = () => Date.now();
  /** What connections see of all keys, if it is not this member's. */
  keys: KeySpace | null = null;
  readonly #held: (() => void)[] = [];
  #index = 1;
  readonly access: AccessPolicy;
  readonly cluster: ClusterView;
  readonly gate: StoreGate;
  readonly facts: ServerFacts;
  #connections = 0;

  constructor(access: AccessPolicy = OPEN_TO_ALL, announced?: AnnouncedAddress) {
    this.access = access;
    const member = this.#member();
    const clock = { monotonicMs: () => this.monotonicMs(), wallMs: () => this.wallMs() };
    this.cluster = new ClusterView({
      group: GROUP,
      self: ADDRESSES[0] as MemberAddress,
      membersOf: () => ADDRESSES,
      member,
      leaders: { leaderOf: () => null, leads: () => false },
      clock,
      ...(announced === undefined ? {} : { announced }),
    });
    this.gate = new StoreGate({
      member,
      cluster: this.cluster,
      clock,
      count: (operation, result) => this.counted.push(`${operation} ${result}`),
    });
    this.facts = new ServerFacts({ startedAtMs: this.wallMs(), port: 7_510, auth: access.mode, version: "test" });
  }

  connect(): FakeConnection {
    return new FakeConnection(new Client(++this.#connections, "127.0.0.1:1", this.surroundings()), this.gate, () => this.monotonicMs());
  }

  surroundings(): Surroundings {
    const reader = new StoreReader(this.#member(), { monotonicMs: () => this.monotonicMs() });
    return {
      cluster: this.cluster,
      access: this.access,
      facts: this.facts,
      reader,
      keys: this.keys ?? reader,
      wallMs: () => this.wallMs(),
    };
  }

  /** Everything is gone. */
  reset(): void {
    this.machine = newMachine();
    this.#index = 1;
  }

  release(): void {
    for (const settle of this.#held.splice(0)) settle();
  }

  perform(operation: ClientOperation): Outcome<Reply> {
    for (const command of this.behind.splice(0)) this.#apply(command);
    const due = this.machine.nextDeadline();
    // As a leader would: what is due ends by an entry of its own, and reads wait for it.
    if (due !== null && due.atMs <= this.wallMs()) this.#apply(due.command);
    if (operation.kind === "read") {
      const outcome = this.machine.query(operation.query);
      return outcome.kind === "done" ? this.#result(outcome.value) : outcome;
    }
    if (operation.kind === "newClient") return done({ kind: "client", client: "c", expiresAfterMs: 1 });
    if (operation.kind !== "write") return done({ kind: "accepted", term: asTerm(3) });
    const partition = this.machine.partitionOf(operation.command);
    if (partition.kind === "refused") return partition.outcome;
    return this.#result(this.#apply(operation.command));
  }

  #apply(command: Uint8Array): Uint8Array {
    this.#index++;
    const at = { index: asIndex(this.#index), serviceIndex: asServiceIndex(this.#index), stampMs: this.wallMs() };
    return this.machine.apply(command, at);
  }

  #result(result: Uint8Array): Outcome<Reply> {
    return done({ kind: "result", result, index: asIndex(this.#index), term: asTerm(3) });
  }

  #member() {
    const places = ADDRESSES.map(({ peer }, ordinal) => ({ member: asMember(`m${ordinal}`), place: { ordinal, address: peer } }));
    const membership = foundingMembership(places);
    const status = () => ({
      raft: {
        membership,
        leader: this.leader === null ? null : asMember(`m${this.leader}`),
        role: this.leader === 0 ? "leader" : "follower",
        term: 3,
      },
    });
    const ask = (operation: ClientOperation, timeoutMs: number, answer: (outcome: Outcome<Reply>) => void): null => {
      this.asked.push(operation);
      this.timeoutsMs.push(timeoutMs);
      const outcome = this.instead.shift() ?? this.perform(operation);
      if (this.isHolding) this.#held.push(() => answer(outcome));
      else answer(outcome);
      return null;
    };
    const request = (operation: ClientOperation) => new Promise<Outcome<Reply>>((resolve) => ask(operation, 0, resolve));
    const machine = (): ShardedStateMachine => this.machine;
    const life = {
      member: asMember("m0"),
      cluster: asCluster("c"),
      host: { status, ask, request },
      get machine() {
        return machine();
      },
    } as unknown as Life<ShardedStateMachine>;
    const isBorn = (): boolean => this.isBorn;
    return {
      get life() {
        return isBorn() ? life : null;
      },
      waiting: { reasons: [], recovery: null },
      peerIdentity: null,
    };
  }
}

function newMachine(): ShardedStateMachine {
  const machine = new ShardedStateMachine({ group: GROUP, limits: DEFAULT_REPLICA_LIMITS });
  const adopt = encodeGroupCommand({ kind: "adopt", configuration: encodeConfiguration(ownConfiguration(GROUP, ADDRESSES)) });
  machine.apply(adopt, { index: asIndex(1), serviceIndex: asServiceIndex(1), stampMs: 1 });
  return machine;
}

/** What is asked again is asked after a moment. */
const ANSWERED_MS = 5_000;

export class FakeConnection {
  readonly client: Client;
  readonly connection: Connection;
  readonly #reader = new ReplyReader();
  readonly replies: RedisReply[] = [];
  written = "";
  writes = 0;
  isEnded = false;
  isPaused = false;
  /** What its client has not taken; `connection.taken()` when it has. */
  unsentBytes = 0;

  constructor(client: Client, gate: StoreGate, nowMs: () => number) {
    this.client = client;
    this.connection = new Connection({
      client,
      gate,
      nowMs,
      write: (bytes) => {
        this.writes++;
        this.written += bytes.toString("latin1");
        this.replies.push(...this.#reader.push(bytes));
      },
      unsentBytes: () => this.unsentBytes,
      pause: () => (this.isPaused = true),
      resume: () => (this.isPaused = false),
      end: () => (this.isEnded = true),
      onReplied: () => undefined,
    });
  }

  send(...commands: readonly (readonly (string | Buffer)[])[]): void {
    this.connection.read(Buffer.concat(commands.map(encodeRequest)));
  }

  /** The replies to these commands, once they are there. */
  async ask(...commands: readonly (readonly (string | Buffer)[])[]): Promise<readonly RedisReply[]> {
    const wanted = this.replies.length + commands.length;
    this.send(...commands);
    const untilMs = performance.now() + ANSWERED_MS;
    while (this.replies.length < wanted && performance.now() < untilMs) await new Promise((resolve) => setImmediate(resolve));
    return this.replies.slice(wanted - commands.length);
  }
}

export function encodeRequest(args: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const each of args) {
    const bytes = typeof each === "string" ? Buffer.from(each) : each;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}
