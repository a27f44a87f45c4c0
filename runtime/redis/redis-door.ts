// The store's door for Redis clients, put together: what it is made of, when it opens, how it ends.
import type { GroupId } from "../../core/base/ids.ts";
import type { MemberAddress } from "../../core/shards/configuration.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { Clock } from "../clock.ts";
import type { AccessPolicy } from "../http/access.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { RequestStream } from "../http/asking-stream.ts";
import { GroupStatuses } from "../replica/group-statuses.ts";
import type { MemberView } from "../replica/member.ts";
import type { AnnouncedAddress, ClusterViewOptions } from "./cluster/cluster-view.ts";
import { ClusterView } from "./cluster/cluster-view.ts";
import { GroupLeaders } from "./cluster/group-leaders.ts";
import { SingleEndpointView } from "./cluster/single-endpoint-view.ts";
import type { Surroundings } from "./client.ts";
import { ForwardingGate } from "./forwarding-gate.ts";
import { redisMetrics } from "./redis-metrics.ts";
import type { RedisServerOptions } from "./redis-server.ts";
import { RedisServer } from "./redis-server.ts";
import { ServerFacts } from "./server-facts.ts";
import type { StoreGateOptions } from "./store-gate.ts";
import { StoreGate } from "./store-gate.ts";
import { StoreReader } from "./store-reader.ts";
import { WholeKeySpace } from "./whole-key-space.ts";

export type RedisDoorOptions = {
  readonly group: GroupId;
  readonly self: MemberAddress;
  readonly membersOf: (group: GroupId) => readonly MemberAddress[];
  readonly member: MemberView<ShardedStateMachine>;
  readonly access: AccessPolicy;
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly count: StoreGateOptions["count"];
  /** Where clients from outside reach a member; null: there is no port for them. */
  readonly external: AnnouncedAddress | null;
};

type Common = Omit<RedisServerOptions, "gate" | "surroundings">;

export class RedisDoor {
  readonly #options: RedisDoorOptions;
  readonly #leaders: GroupLeaders;
  readonly #statuses = new GroupStatuses();
  readonly #server: RedisServer;
  readonly #single: RedisServer;
  readonly #external: RedisServer | null;
  readonly #forwarding: ForwardingGate;

  constructor(options: RedisDoorOptions) {
    this.#options = options;
    const { group, self, membersOf, member, clock, access, port, version, metrics, logger } = options;
    this.#leaders = new GroupLeaders({
      own: group,
      groups: () => Object.keys(member.life?.machine.configuration.groups ?? {}) as GroupId[],
      membersOf,
      statusAt: (origin) => this.#statuses.statusAt(origin),
      isWanted: () => this.#server.connections + this.#single.connections + (this.#external?.connections ?? 0) > 0,
    });
    const seen = { group, self, membersOf, member, clock, leaders: this.#leaders };
    const cluster = new ClusterView(seen);
    const facts = new ServerFacts({ startedAtMs: clock.wallMs(), port, auth: access.mode, version });
    const reader = new StoreReader(member, clock);
    const token = access.dataToken ?? access.adminToken;
    const gate = new StoreGate({ member, cluster, clock, count: options.count });
    this.#forwarding = new ForwardingGate({ gate, cluster, clock, open: (origin) => new RequestStream(origin, token) });
    const whole = new WholeKeySpace({ cluster, own: reader, token });
    const common = { facts, nowMs: () => clock.monotonicMs(), logger, onReplied: redisMetrics(metrics, facts) };
    const surroundings = { cluster, access, facts, reader, keys: reader, wallMs: () => clock.wallMs() };
    this.#server = new RedisServer({ ...common, gate, surroundings: () => surroundings });
    this.#external = this.#externalServer(seen, common, surroundings);
    this.#single = new RedisServer({
      ...common,
      gate: this.#forwarding,
      surroundings: (reached) => ({ ...surroundings, keys: whole, cluster: new SingleEndpointView(cluster, reached) }),
    });
  }

  /** Of the same store, for clients to whom members have other addresses. */
  #externalServer(seen: ClusterViewOptions, common: Common, surroundings: Surroundings): RedisServer | null {
    const { external: announced, count } = this.#options;
    if (announced === null) return null;
    const cluster = new ClusterView({ ...seen, announced });
    const gate = new StoreGate({ member: seen.member, cluster, clock: seen.clock, count });
    return new RedisServer({ ...common, gate, surroundings: () => ({ ...surroundings, cluster }) });
  }

  async listenExternal(port: number): Promise<void> {
    const { host, logger } = this.#options;
    await this.#external?.listen({ host, port });
    logger.info({ event: "listeningRedisExternal", host, port }, `listening: Redis clients from outside on ${host}:${port}`);
  }

  async listen(): Promise<void> {
    const { host, port, logger } = this.#options;
    await this.#server.listen({ host, port });
    this.#leaders.start();
    logger.info({ event: "listeningRedis", host, port }, `listening: Redis clients on ${host}:${port}`);
  }

  async listenSingle(port: number): Promise<void> {
    const { host, logger } = this.#options;
    await this.#single.listen({ host, port });
    logger.info({ event: "listeningRedisSingle", host, port }, `listening: Redis clients of the single endpoint on ${host}:${port}`);
  }

  finish(): void {
    this.#leaders.end();
    this.#server.finish();
    this.#single.finish();
    this.#external?.finish();
  }

  async close(): Promise<void> {
    await Promise.all([this.#server.close(), this.#single.close(), this.#external?.close()]);
    this.#forwarding.close();
    await this.#statuses.close();
  }
}
