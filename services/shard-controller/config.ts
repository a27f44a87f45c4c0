// What a shard controller is told from outside: environment variables, read once, then frozen. README.md lists them; a test
// compares.
import type { GroupId } from "../../core/base/ids.ts";
import { CONTROLLERS_GROUP } from "../../core/shard-controller/founding-question.ts";
import { GROUPS_MAX, isGroupId } from "../../core/shards/configuration.ts";
import type { MemberConfig } from "../../runtime/settings/member-settings.ts";
import { MEMBER_SETTINGS, memberConfig } from "../../runtime/settings/member-settings.ts";
import type { Environment, Setting } from "../../runtime/settings/settings.ts";
import { check, setting, settingsReader } from "../../runtime/settings/settings.ts";

export const SERVICE = { name: "shard-controller", version: "0.1.0" } as const;

/** The only place that reads it. */
export const environment: Environment = process.env;

export type ControllerConfig = MemberConfig & {
  /** They make up the first configuration, once all of them are founded. */
  readonly initialGroups: readonly GroupId[];
};

/** In the order in which they are documented. */
export const SETTINGS = {
  cluster: setting("FLOTILLA_CLUSTER", "", "the id of the cluster; if empty, the first controllers make one"),
  initialGroups: setting(
    "FLOTILLA_INITIAL_GROUPS",
    "",
    "the groups of replicas that make up the first configuration, once all of them are founded, separated by commas; if empty, groups join when told to",
  ),
  ...MEMBER_SETTINGS,
} as const satisfies Record<string, Setting>;

export function controllerConfig(environment: Environment): ControllerConfig {
  const read = settingsReader(environment);
  const { initialGroups } = SETTINGS;
  const groups = read.list(initialGroups);
  check(groups.length <= GROUPS_MAX, initialGroups, `has ${groups.length} groups; there are at most ${GROUPS_MAX}`);
  check(groups.every(isGroupId), initialGroups, "has a group without a name");
  check(new Set(groups).size === groups.length, initialGroups, "has the same group twice");
  check(
    !groups.includes(CONTROLLERS_GROUP),
    initialGroups,
    `has ${JSON.stringify(CONTROLLERS_GROUP)}, which is the controllers' own group`,
  );
  return Object.freeze({
    ...memberConfig(read, { group: CONTROLLERS_GROUP, cluster: read.text(SETTINGS.cluster) }),
    initialGroups: groups as readonly GroupId[],
  });
}
