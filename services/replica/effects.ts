// What makes a member a replica of the store: the calls that its clients have.
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { MemberParts, ServiceEquipment } from "../../runtime/replica/member-process.ts";
import { operationCounter } from "../../runtime/replica/operation-metrics.ts";
import { shardMetrics } from "./shard-metrics.ts";
import { ReplicaApi } from "./api.ts";
import type { ReplicaConfig } from "./config.ts";

export function equipReplica(config: ReplicaConfig, parts: MemberParts<ShardedStateMachine>): ServiceEquipment {
  const { member, door, status, metrics, clock } = parts;
  shardMetrics(metrics, () => member.life?.machine ?? null);
  const api = new ReplicaApi({ config, member, door, status, clock, count: operationCounter(metrics, config.group) });
  return {
    addRoutes: (app) => api.addRoutes(app),
    questions: {},
    start: () => undefined,
    finish: () => api.finishStreams(),
    close: () => api.close(),
  };
}
