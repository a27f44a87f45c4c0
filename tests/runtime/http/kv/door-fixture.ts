// Doors of a store whose groups have one member each, without sockets, disks and consensus: what a member takes is applied at
// once by its real state machine, and what it hands on is handed to the other one's door.
import type { FastifyInstance } from "fastify";
import type { GroupId } from "../../../../core/base/ids.ts";
import { asCluster, asGroup, asIndex, asMember, asServiceIndex, asTerm } from "../../../../core/base/ids.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../../core/base/outcome.ts";
import { foundingMembership } from "../../../../core/raft/membership.ts";
import type { Reply } from "../../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../../core/replica/events.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../../core/replica/options.ts";
import type { Configuration } from "../../../../core/shards/configuration.ts";
import { encodeConfiguration } from "../../../../core/shards/configuration.ts";
import type { GroupCommand } from "../../../../core/shards/group-commands.ts";
import { encodeGroupCommand, encodeGroupQuery } from "../../../../core/shards/group-commands.ts";
import { encodeCursor } from "../../../../core/shards/moving/copy-cursor.ts";
import { ShardedStateMachine } from "../../../../core/shards/sharded-state-machine.ts";
import { SHARDS } from "../../../../core/shards/slots.ts";
import { systemClock } from "../../../../runtime/clock.ts";
import type { AccessPolicy } from "../../../../runtime/http/access.ts";
import type { Forwarder, Forwarding } from "../../../../runtime/http/forwarder.ts";
import { FORWARDED_HEADER } from "../../../../runtime/http/forwarder.ts";
import { createHttpServer } from "../../../../runtime/http/http-server.ts";
import { KvDoor } from "../../../../runtime/http/kv/kv-door.ts";
import { SILENT } from "../../../../runtime/logger.ts";
import { Metrics } from "../../../../runtime/metrics.ts";
import type { Life } from "../../../../runtime/replica/member.ts";
import { MemberDoor } from "../../../../runtime/replica/member-door.ts";

export const originOf = (group: string): string => `http://group-${group}:7400`;

/** Shards below `border` are group 1's, the others group 2's. */
export function twoGroups(number: number, border: number): Configuration {
  const shards = Array.from({ length: SHARDS }, (_, shard) => asGroup(shard < border ? "1" : "2"));
  const member = (group: string) => ({ peer: `group-${group}:7401`, http: originOf(group), redis: null });
  return { number, shards, groups: { 1: [member("1")], 2: [member("2")] } };
}

export type Answer = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
};
type Body = string | Buffer | object;
export type Call = {
  readonly method?: string;
  readonly url: string;
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string>>;
};

export class DoorFixture {
  readonly app: FastifyInstance;
  readonly metrics = new Metrics({ service: "replica", version: "0" });
  readonly machine: ShardedStateMachine;
  /** What this member's replica was asked. */
  readonly asked: ClientOperation[] = [];
  readonly counted: string[] = [];
  /** What nobody waits for any more of what it was asked, by number. */
  readonly abandoned: number[] = [];
  /** What the next operations are answered instead of being done. */
  readonly instead: Outcome<Reply>[] = [];
  /** What is asked gets no answer. */
  isSilent = false;
  /** Whether what is handed to this member gets there. */
  isReachable = true;
  /** Hands on what another group serves, instead of the other one's door being called. */
  forwarder: Pick<Forwarder, "forward"> | null = null;
  #index = 0;
  readonly #door: MemberDoor;

  constructor(group: GroupId, others: () => readonly DoorFixture[], access?: AccessPolicy) {
    this.machine = new ShardedStateMachine({ group, limits: DEFAULT_REPLICA_LIMITS });
    const self = { ordinal: 0, address: `group-${group}:7401` };
    const config = { group, self, httpOrigins: new Map([[0, originOf(group)]]), httpPortElsewhere: null };
    const membership = foundingMembership([{ member: asMember("m0"), place: config.self }]);
    const raft = { membership, leader: asMember("m0"), role: "leader", isLearner: false, self: "m0", term: 3 };
    const host = {
      untilLeader: (msMax: number) => new Promise((resolve) => setTimeout(resolve, msMax)),
      status: () => ({ raft, stage: "serving", appliedIndex: this.#index }),
      ask: (operation: ClientOperation, _timeoutMs: number, answer: (outcome: Outcome<Reply>) => void) => {
        this.asked.push(operation);
        if (this.isSilent) return this.asked.length;
        answer(this.instead.shift() ?? this.#perform(operation));
        return null;
      },
      abandon: (id: number) => void this.abandoned.push(id),
    };
    const life = { member: asMember("m0"), cluster: asCluster("c"), host, machine: this.machine } as unknown as Life<ShardedStateMachine>;
    const member = { life, waiting: { reasons: [], recovery: null }, peerIdentity: null };
    const { metrics } = this;
    const limits = access === undefined ? {} : { access };
    this.app = createHttpServer({ service: "replica", requestBytesMax: 2_097_152, metrics, logger: SILENT, ...limits });
    this.#door = new MemberDoor({ config, member, clock: systemClock, configNumber: () => this.machine.configuration.number });
    const kv = new KvDoor({
      ...{ group, member, door: this.#door, clock: systemClock },
      origin: originOf(group),
      membersOf: (each) => this.machine.state.configurations.membersOf(each),
      count: (operation, result) => this.counted.push(`${operation} ${result}`),
      forwarder: {
        forward: (forwarding) => this.forwarder?.forward(forwarding) ?? forward(others(), forwarding),
        close: () => Promise.resolve(),
      },
    });
    this.#door.addRoutes(this.app);
    kv.addRoutes(this.app);
  }

  step(command: GroupCommand): void {
    this.#apply(encodeGroupCommand(command));
  }

  adopt(configuration: Configuration): void {
    this.step({ kind: "adopt", configuration: encodeConfiguration(configuration) });
  }

  async call({ method = "GET", url, body, headers = {} }: Call): Promise<Answer> {
    const payload = body === undefined ? {} : { payload: body };
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const response = await this.app.inject({ method: method as "GET", url, headers: { ...type, ...headers }, ...payload });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>(), headers: response.headers };
  }

  async close(): Promise<void> {
    await Promise.all([this.app.close(), this.#door.close()]);
  }

  #perform(operation: ClientOperation): Outcome<Reply> {
    if (operation.kind === "newClient") return done({ kind: "client", client: "c", expiresAfterMs: 1 });
    if (operation.kind === "read") {
      const outcome = this.machine.query(operation.query);
      return outcome.kind === "done" ? this.#result(outcome.value) : outcome;
    }
    if (operation.kind !== "write") return done({ kind: "accepted", term: asTerm(3) });
    const partition = this.machine.partitionOf(operation.command);
    return partition.kind === "refused" ? partition.outcome : this.#result(this.#apply(operation.command));
  }

  #apply(command: Uint8Array): Uint8Array {
    this.#index++;
    const at = { index: asIndex(this.#index), serviceIndex: asServiceIndex(this.#index), stampMs: this.#index };
    return this.machine.apply(command, at);
  }

  #result(result: Uint8Array): Outcome<Reply> {
    return done({ kind: "result", result, index: asIndex(this.#index), term: asTerm(3) });
  }
}

/** Two groups that know each other. */
export function twoDoors(): readonly [DoorFixture, DoorFixture] {
  const doors: DoorFixture[] = [];
  for (const group of ["1", "2"]) doors.push(new DoorFixture(asGroup(group), () => doors));
  return doors as unknown as readonly [DoorFixture, DoorFixture];
}

async function forward(doors: readonly DoorFixture[], { origin, method, url, headers, body, timeoutMs }: Forwarding) {
  const there = doors.find((_, i) => originOf(String(i + 1)) === origin);
  if (there?.isReachable !== true) return refused("notLeader", "could not connect");
  const passedOn = Object.entries(headers).filter(([name, value]) => name.startsWith("flotilla-") && typeof value === "string");
  const own = { ...Object.fromEntries(passedOn as [string, string][]), "flotilla-deadline-ms": String(timeoutMs), [FORWARDED_HEADER]: "1" };
  const answer = await there.app.inject({
    ...{ method, url, headers: own },
    ...(body === null || body === undefined ? {} : { payload: body }),
  });
  if (answer.headers["x-lost"] === "1") return unknown("connectionLost");
  const stamp = Object.entries(answer.headers).filter(([name]) => name.startsWith("flotilla-") || name === "content-type");
  return done({ status: answer.statusCode, headers: Object.fromEntries(stamp) as Record<string, string>, body: answer.body });
}

/** As the two groups' leaders would do it, but for the freezing: until all but that is done, or all. */
export function moveShard(
  shard: number,
  { from, to, number }: { from: DoorFixture; to: DoorFixture; number: number },
  upTo: "frozen" | "served",
): void {
  from.step({ kind: "freeze", shard, number });
  if (upTo === "frozen") return;
  for (let staging = to.machine.state.shard(shard).staging; staging !== null; staging = to.machine.state.shard(shard).staging) {
    const cursor = encodeCursor(staging.cursor);
    const chunk = from.machine.query(encodeGroupQuery({ kind: "copy", shard, number, from: cursor, bytesMax: 100_000 }));
    if (chunk.kind !== "done") throw new Error(chunk.kind);
    to.step({ kind: "stage", shard, number, from: cursor, chunk: chunk.value });
  }
}
