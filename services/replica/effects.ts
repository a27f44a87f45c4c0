// What makes a member a replica of the store: the calls that its clients have.
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { MemberParts, ServiceEquipment } from "../../runtime/replica/member-process.ts";
import { operationCounter } from "../../runtime/replica/operation-metrics.ts";
import { shardMetrics } from "./shard-metrics.ts";
import { RedisDoor } from "../../runtime/redis/redis-door.ts";
import { membersOf, ReplicaApi } from "./api.ts";
import type { ReplicaConfig } from "./config.ts";
import { addressOf, SERVICE, SETTINGS } from "./config.ts";

export function equipReplica(config: ReplicaConfig, parts: MemberParts<ShardedStateMachine>): ServiceEquipment {
  const { member, door, status, metrics, clock } = parts;
  shardMetrics(metrics, () => member.life?.machine ?? null);
  const count = operationCounter(metrics, config.group);
  const api = new ReplicaApi({ config, member, door, status, clock, count });
  const redis = redisDoor(config, parts, count);
  return {
    addRoutes: (app) => api.addRoutes(app),
    questions: {},
    doors: redis === null ? [] : redisPorts(config, redis),
    start: () => undefined,
    finish: () => {
      api.finishStreams();
      redis?.finish();
    },
    close: async () => {
      await Promise.all([api.close(), redis?.close()]);
    },
  };
}

function redisPorts({ redisSinglePort, redisExternal }: ReplicaConfig, redis: RedisDoor): ServiceEquipment["doors"] {
  const ports = [{ setting: SETTINGS.redisPort.name, listen: () => redis.listen() }];
  if (redisSinglePort !== null) ports.push({ setting: SETTINGS.redisSinglePort.name, listen: () => redis.listenSingle(redisSinglePort) });
  if (redisExternal !== null)
    ports.push({ setting: SETTINGS.redisExternalPort.name, listen: () => redis.listenExternal(redisExternal.port) });
  return ports;
}

function redisDoor(
  config: ReplicaConfig,
  { member, clock, metrics, logger }: MemberParts<ShardedStateMachine>,
  count: ReturnType<typeof operationCounter>,
): RedisDoor | null {
  const { group, access, host, redisPort: port } = config;
  if (port === null) return null;
  return new RedisDoor({
    ...{ group, member, clock, metrics, logger, access, host, port, count },
    self: addressOf(config),
    membersOf: membersOf(config, member),
    version: SERVICE.version,
    external: config.redisExternal?.address ?? null,
  });
}
