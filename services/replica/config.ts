// What a replica is told from outside: environment variables, read once, then frozen. README.md lists them; a test compares.
import { addressTemplate } from "../../runtime/redis/cluster/address-template.ts";
import type { AnnouncedAddress } from "../../runtime/redis/cluster/cluster-view.ts";
import { present } from "../../core/base/assert.ts";
import { asGroup } from "../../core/base/ids.ts";
import type { MemberAddress } from "../../core/shards/configuration.ts";
import { CONTROLLERS_GROUP } from "../../core/shard-controller/founding-question.ts";
import { MEMBER_SETTINGS, memberConfig, placesIn } from "../../runtime/settings/member-settings.ts";
import type { MemberConfig } from "../../runtime/settings/member-settings.ts";
import { formatAddress, parseAddress } from "../../runtime/peers/peer-address.ts";
import type { Environment, Setting, SettingsReader } from "../../runtime/settings/settings.ts";
import { check, numberSetting, setting, settingsReader } from "../../runtime/settings/settings.ts";

export const SERVICE = { name: "replica", version: "0.1.0" } as const;

/** The only place that reads it. */
export const environment: Environment = process.env;

export type ReplicaConfig = MemberConfig & {
  /** Peer addresses of the shard controllers. None: the group founds itself, and there are no shards. */
  readonly controllers: readonly string[];
  readonly streamRequestsMax: number;
  /** For clients that speak the Redis protocol; null: there is no such door. */
  readonly redisPort: number | null;
  /** For those that know nothing of clusters. */
  readonly redisSinglePort: number | null;
  /** For those from outside, and where these reach the member of a place; null: there is no such port. */
  readonly redisExternal: { readonly port: number; readonly address: AnnouncedAddress } | null;
  /** Where they reach the member of a place, as `redis://host:port`; empty where there is no such door. */
  readonly redisAddresses: ReadonlyMap<number, string>;
};

/** In the order in which they are documented. */
export const SETTINGS = {
  group: setting("FLOTILLA_GROUP", "1", "the group that this replica belongs to"),
  controllers: setting(
    "FLOTILLA_CONTROLLERS",
    "",
    "the peer addresses of the shard controllers, separated by commas; if empty, the group founds itself and serves alone",
  ),
  cluster: setting(
    "FLOTILLA_CLUSTER",
    "",
    "the id of the cluster, if it must be that one; if empty, it comes from the controllers or, without them, from the group's founder",
  ),
  ...MEMBER_SETTINGS,
  redisPort: setting("FLOTILLA_REDIS_PORT", "", "the port for clients of the Redis protocol; if empty, there is none"),
  redisSinglePort: setting(
    "FLOTILLA_REDIS_SINGLE_PORT",
    "",
    "one more port, for such clients that know nothing of clusters: it takes every key; if empty, there is none",
  ),
  redisPeers: setting(
    "FLOTILLA_REDIS_PEERS",
    "",
    "the addresses at which such clients reach all places, `host:port`, by ordinal; if empty, the peers' hosts with FLOTILLA_REDIS_PORT",
  ),
  redisExternalPort: setting(
    "FLOTILLA_REDIS_EXTERNAL_PORT",
    "",
    "one more port, for such clients that reach members at other addresses than these reach each other; if empty, there is none",
  ),
  redisExternalAddress: setting(
    "FLOTILLA_REDIS_EXTERNAL_ADDRESS",
    "",
    "where clients of that port reach every member, `host:port` with {group} and {ordinal} in it: `redis-{group}-{ordinal}.example.com:6379`",
  ),
  streamRequestsMax: numberSetting("FLOTILLA_STREAM_REQUESTS_MAX", 4_096, "requests of one stream that may wait for their answers"),
} as const satisfies Record<string, Setting>;

export function replicaConfig(environment: Environment): ReplicaConfig {
  const read = settingsReader(environment);
  const group = asGroup(read.text(SETTINGS.group));
  check(group !== CONTROLLERS_GROUP, SETTINGS.group, `is ${JSON.stringify(group)}, which is the group of the shard controllers`);
  const member = memberConfig(read, { group, cluster: read.text(SETTINGS.cluster) });
  const redisPort = readRedisPort(read, SETTINGS.redisPort, [member.httpPort, member.peerPort, member.healthPort]);
  const taken = [member.httpPort, member.peerPort, member.healthPort, redisPort];
  const redisSinglePort = readRedisPort(read, SETTINGS.redisSinglePort, taken);
  return Object.freeze({
    ...member,
    redisPort,
    redisSinglePort,
    redisExternal: readExternal(read, [...taken, redisSinglePort]),
    redisAddresses: redisPort === null ? NO_ADDRESSES : redisAddresses(read, member, redisPort),
    controllers: placesIn(SETTINGS.controllers, read.list(SETTINGS.controllers)).map(({ address }) => address),
    streamRequestsMax: read.count(SETTINGS.streamRequestsMax),
  });
}

const NO_ADDRESSES: ReadonlyMap<number, string> = new Map();

function readRedisPort(read: SettingsReader, setting: Setting, taken: readonly (number | null)[]): number | null {
  if (read.text(setting) === "") return null;
  const port = read.port(setting);
  check(!taken.includes(port), setting, `is ${port}, like another port of this process`);
  return port;
}

function readExternal(read: SettingsReader, taken: readonly (number | null)[]): ReplicaConfig["redisExternal"] {
  const port = readRedisPort(read, SETTINGS.redisExternalPort, taken);
  const template = read.text(SETTINGS.redisExternalAddress);
  if (port === null) return null;
  const address = addressTemplate(template);
  if (typeof address !== "string") return { port, address };
  check(false, SETTINGS.redisExternalAddress, `is ${JSON.stringify(template)}, which ${address}`);
  return null;
}

function redisAddresses(read: SettingsReader, { places }: MemberConfig, port: number): ReadonlyMap<number, string> {
  const list = read.list(SETTINGS.redisPeers);
  if (list.length === 0) {
    const hosts = places.map(({ address }) => parseAddress(address)?.host ?? "");
    return new Map(places.map(({ ordinal }, i) => [ordinal, `redis://${formatAddress({ host: hosts[i] ?? "", port })}`]));
  }
  const given = placesIn(SETTINGS.redisPeers, list);
  check(given.length === places.length, SETTINGS.redisPeers, `has ${given.length} places, ${SETTINGS.peers.name} has ${places.length}`);
  return new Map(given.map(({ ordinal, address }) => [ordinal, `redis://${address}`]));
}

type Addresses = Pick<ReplicaConfig, "places" | "httpOrigins" | "redisAddresses">;

/** Where controllers and other groups find the replicas of this group. */
export function memberAddresses({ places, httpOrigins, redisAddresses }: Addresses): readonly MemberAddress[] {
  return places.map(({ ordinal, address }) => ({
    peer: address,
    http: httpOrigins.get(ordinal) ?? "",
    redis: redisAddresses.get(ordinal) ?? null,
  }));
}

export function addressOf({ self, ...addresses }: Addresses & Pick<ReplicaConfig, "self">): MemberAddress {
  return present(memberAddresses(addresses)[self.ordinal], "a replica has a place in its group");
}
