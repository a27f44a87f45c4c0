// `flotilla topology set` and `topology settle`: a cluster gets fewer groups or members, or more, in an order that loses nothing. What
// leaves gives away everything before its processes are ended; what is new takes its share once its processes run.
import { LiveCluster } from "../cluster/live-cluster.ts";
import { environment } from "../config.ts";
import type { Command, Flag } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { Output } from "../output.ts";
import { counted, MARKS } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";
import { untilSettled } from "./groups.ts";
import { announceMembers, openPlaces, removeBeyond } from "./group-members.ts";
import { groupsIn, isBeyond, letLeave } from "./leaving.ts";

const SIZES: readonly Flag[] = [
  { name: "groups", kind: "whole", value: "N", min: 1, max: 256, meaning: "groups 1 to N" },
  { name: "replicas", kind: "whole", value: "N", min: 1, max: 15, meaning: "members 0 to N-1 of each group" },
  { name: "timeout", kind: "duration", value: "TIME", fallback: 600_000, min: 1_000, max: 86_400_000, meaning: "how long to wait" },
];

/** Several elections. */
const PASS_OVER_AFTER_MS = 15_000;

export const topologySet: Command = {
  name: "topology set",
  summary: "prepare a cluster for having fewer groups or fewer replicas",
  details:
    "Waits until groups beyond the wanted number hold nothing, and members beyond it don't vote and can't come back; then their processes can be ended. Places below it that were closed are opened, so that members can come. What is there already is left as it is.",
  arguments: [],
  flags: [
    ...SIZES,
    {
      name: "controllers",
      kind: "whole",
      value: "N",
      min: 1,
      max: 15,
      meaning: "refuse while there are more controllers: these can't leave",
    },
    { name: "healthy", kind: "switch", meaning: "refuse, and change nothing, while a group is not well" },
    { name: "pass-over", kind: "switch", meaning: "pass over who can't be asked, where nobody is known who has to leave" },
    ...CLUSTER_FLAGS,
  ],
  examples: [{ command: "flotilla topology set --groups 2 --replicas 3", meaning: "before the processes of group 3 are ended" }],
  run: runSet,
};

export const topologySettle: Command = {
  name: "topology settle",
  summary: "let new groups and new members take their places",
  details:
    "Groups up to the wanted number join once they have been founded, and get their share of the shards; places that were closed are opened. For after their processes were started.",
  arguments: [],
  flags: [...SIZES, ...CLUSTER_FLAGS],
  examples: [{ command: "flotilla topology settle --groups 3 --replicas 5", meaning: "after the processes of group 3 were started" }],
  run: runSettle,
};

function sizesIn(given: Given, command: string): { readonly groups: number | null; readonly replicas: number | null } {
  const [groups, replicas] = [given.number("groups"), given.number("replicas")];
  if (groups === null && replicas === null)
    throw new UsageError(`${command} needs --groups N, --replicas N, or both`, `see: flotilla ${command} --help`);
  return { groups, replicas };
}

async function runSet(given: Given, output: Output): Promise<number> {
  const { groups, replicas } = sizesIn(given, "topology set");
  const cluster = LiveCluster.of(given, environment);
  if (given.has("healthy")) await refuseUnlessHealthy(cluster);
  const { leaving, removed, passedOver } = await letLeave(
    cluster,
    {
      ...{ groups, replicas, controllers: given.number("controllers"), deadlineMs: given.numberOr("timeout") },
      passOverAfterMs: given.has("pass-over") ? PASS_OVER_AFTER_MS : null,
    },
    (line) => output.say(line),
  );
  output.result({ leaving, removed, passedOver }, () =>
    leaving.length + removed.length === 0
      ? "Nothing has to leave."
      : `${output.paint.green(MARKS.good)} ${counted(leaving.length, "group")} and ${counted(removed.length, "member")} have left; their processes can be ended.`,
  );
  return CODES.done;
}

async function runSettle(given: Given, output: Output): Promise<number> {
  const { groups, replicas } = sizesIn(given, "topology settle");
  const deadlineMs = given.numberOr("timeout");
  const cluster = LiveCluster.of(given, environment);
  const present = await groupsIn(cluster);
  const joining = groups === null ? [] : missing(present, groups);
  if (joining.length > 0) {
    output.say(`${joining.map((group) => `Group ${group}`).join(", ")} join.`);
    await untilJoined(cluster, joining, deadlineMs);
    await untilSettled(cluster, deadlineMs);
  }
  const staying = present.filter((group) => groups === null || !isBeyond(group, groups));
  if (replicas !== null) {
    await removeBeyond(cluster, staying, { from: replicas, deadlineMs });
    await openPlaces(cluster, staying, { wanted: Infinity, deadlineMs });
    await announceMembers(cluster, [...staying, ...joining], { replicas, deadlineMs });
  }
  output.result(
    { joining },
    () =>
      `${output.paint.green(MARKS.good)} ${joining.length === 0 ? "Everybody is in place." : `${counted(joining.length, "group")} joined.`}`,
  );
  return CODES.done;
}

async function refuseUnlessHealthy(cluster: LiveCluster): Promise<void> {
  const { groups, problems } = await cluster.view();
  const unwell = groups.filter(({ service, health }) => (service === "replica" || service === "shard-controller") && health !== "healthy");
  if (unwell.length === 0) return;
  throw new Trouble(
    `not everybody is well: ${problems.join("; ")}`,
    "another member that goes now may cost a group its majority; see: flotilla status",
  );
}

/** Pure. */
export function missing(present: readonly string[], wanted: number): readonly string[] {
  return Array.from({ length: wanted }, (_, i) => String(i + 1)).filter((group) => !present.includes(group));
}

/** A group that was never founded is refused: asked again until its members have found each other. */
async function untilJoined(cluster: LiveCluster, joining: readonly string[], deadlineMs: number): Promise<void> {
  const body = { groups: Object.fromEntries(joining.map((group) => [group, []])) };
  let last = "";
  const join = async (): Promise<true | null> => {
    try {
      await cluster.controllers("POST", "/v1/groups/join", body);
      return true;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      last = error.message;
      return null;
    }
  };
  await cluster.until(() => `the groups ${joining.join(", ")} join (${last})`, deadlineMs, join);
}
