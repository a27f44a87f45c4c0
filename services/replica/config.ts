// What a replica is told from outside: environment variables, read once, then frozen. README.md lists them; a test compares.
import { present } from "../../core/base/assert.ts";
import { asGroup } from "../../core/base/ids.ts";
import type { MemberAddress } from "../../core/shards/configuration.ts";
import { CONTROLLERS_GROUP } from "../../core/shard-controller/founding-question.ts";
import { MEMBER_SETTINGS, memberConfig, placesIn } from "../../runtime/settings/member-settings.ts";
import type { MemberConfig } from "../../runtime/settings/member-settings.ts";
import type { Environment, Setting } from "../../runtime/settings/settings.ts";
import { check, numberSetting, setting, settingsReader } from "../../runtime/settings/settings.ts";

export const SERVICE = { name: "replica", version: "0.1.0" } as const;

/** The only place that reads it. */
export const environment: Environment = process.env;

export type ReplicaConfig = MemberConfig & {
  /** Peer addresses of the shard controllers. None: the group founds itself, and there are no shards. */
  readonly controllers: readonly string[];
  readonly streamRequestsMax: number;
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
  streamRequestsMax: numberSetting("FLOTILLA_STREAM_REQUESTS_MAX", 4_096, "requests of one stream that may wait for their answers"),
} as const satisfies Record<string, Setting>;

export function replicaConfig(environment: Environment): ReplicaConfig {
  const read = settingsReader(environment);
  const group = asGroup(read.text(SETTINGS.group));
  check(group !== CONTROLLERS_GROUP, SETTINGS.group, `is ${JSON.stringify(group)}, which is the group of the shard controllers`);
  return Object.freeze({
    ...memberConfig(read, { group, cluster: read.text(SETTINGS.cluster) }),
    controllers: placesIn(SETTINGS.controllers, read.list(SETTINGS.controllers)).map(({ address }) => address),
    streamRequestsMax: read.count(SETTINGS.streamRequestsMax),
  });
}

type Addresses = Pick<ReplicaConfig, "places" | "httpOrigins">;

/** Where controllers and other groups find the replicas of this group. */
export function memberAddresses({ places, httpOrigins }: Addresses): readonly MemberAddress[] {
  return places.map(({ ordinal, address }) => ({ peer: address, http: httpOrigins.get(ordinal) ?? "", redis: null }));
}

export function addressOf({ self, ...addresses }: Addresses & Pick<ReplicaConfig, "self">): MemberAddress {
  return present(memberAddresses(addresses)[self.ordinal], "a replica has a place in its group");
}
