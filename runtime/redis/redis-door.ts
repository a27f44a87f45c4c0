// The store's door for Redis clients, put together: what it is made of, when it opens, how it ends.
import type { GroupId } from "../../core/base/ids.ts";
import type { MemberAddress } from "../../core/shards/configuration.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { Clock } from "../clock.ts";
import type { AccessPolicy } from "../http/access.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { GroupStatuses } from "../replica/group-statuses.ts";
import type { MemberView } from "../replica/member.ts";
import { ClusterView } from "./cluster/cluster-view.ts";
import { GroupLeaders } from "./cluster/group-leaders.ts";
import { redisMetrics } from "./redis-metrics.ts";
import { RedisServer } from "./redis-server.ts";
import { ServerFacts } from "./server-facts.ts";
import { StoreGate } from "./store-gate.ts";
import { StoreReader } from "./store-reader.ts";

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
};

export class RedisDoor {
  readonly #options: RedisDoorOptions;
  readonly #leaders: GroupLeaders;
  readonly #statuses = new GroupStatuses();
  readonly #server: RedisServer;

  constructor(options: RedisDoorOptions) {
    this.#options = options;
    const { group, self, membersOf, member, clock, access, port, version, metrics, logger } = options;
    this.#leaders = new GroupLeaders({
      own: group,
      groups: () => Object.keys(member.life?.machine.configuration.groups ?? {}) as GroupId[],
      membersOf,
      statusAt: (origin) => this.#statuses.statusAt(origin),
      isWanted: () => this.#server.connections > 0,
    });
    const cluster = new ClusterView({ group, self, membersOf, member, clock, leaders: this.#leaders });
    const facts = new ServerFacts({ startedAtMs: clock.wallMs(), port, auth: access.mode, version });
    const surroundings = { cluster, access, facts, reader: new StoreReader(member), wallMs: () => clock.wallMs() };
    this.#server = new RedisServer({
      surroundings,
      gate: new StoreGate({ member, cluster, clock }),
      nowMs: () => clock.monotonicMs(),
      logger,
      onReplied: redisMetrics(metrics, facts, clock),
    });
  }

  async listen(): Promise<void> {
    const { host, port, logger } = this.#options;
    await this.#server.listen({ host, port });
    this.#leaders.start();
    logger.info({ event: "listeningRedis", host, port }, `listening: Redis clients on ${host}:${port}`);
  }

  finish(): void {
    this.#leaders.end();
    this.#server.finish();
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.#statuses.close();
  }
}
