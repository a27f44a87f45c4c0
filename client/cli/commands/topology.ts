// `flotilla topology set`: fewer groups or fewer members, in an order that loses nothing: what leaves gives away everything
// first. More need no command: new members join by themselves, new groups when they are told to.
import { LiveCluster } from "../cluster/live-cluster.ts";
import { environment } from "../config.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { fieldsOf } from "../json.ts";
import type { Output } from "../output.ts";
import type { ClusterView } from "../status/cluster-view.ts";
import { counted, MARKS } from "../terminal.ts";
import { CODES, UsageError } from "../trouble.ts";
import { untilEmpty } from "./groups.ts";

export const topologySet: Command = {
  name: "topology set",
  summary: "prepare a cluster for having fewer groups or fewer replicas",
  details:
    "Waits until groups beyond the wanted number hold nothing, and members beyond it don't vote; then their processes can be ended. What is there already is left as it is.",
  arguments: [],
  flags: [
    { name: "groups", kind: "whole", value: "N", min: 1, max: 256, meaning: "groups 1 to N stay" },
    { name: "replicas", kind: "whole", value: "N", min: 1, max: 15, meaning: "members 0 to N-1 of each group stay" },
    { name: "timeout", kind: "duration", value: "TIME", fallback: 600_000, min: 1_000, max: 86_400_000, meaning: "how long to wait" },
    ...CLUSTER_FLAGS,
  ],
  examples: [{ command: "flotilla topology set --groups 2 --replicas 3", meaning: "before the processes of group 3 are ended" }],
  run: runSet,
};

async function runSet(given: Given, output: Output): Promise<number> {
  const [groups, replicas] = [given.number("groups"), given.number("replicas")];
  if (groups === null && replicas === null)
    throw new UsageError("topology set needs --groups N, --replicas N, or both", "see: flotilla topology set --help");
  const cluster = LiveCluster.of(given, environment);
  const leaving = groups === null ? [] : await leavingGroups(cluster, groups);
  if (leaving.length > 0) {
    output.say(`${leaving.map((group) => `Group ${group}`).join(", ")} leave: their shards go to the others.`);
    await cluster.controllers("POST", "/v1/groups/leave", { groups: leaving });
    await untilEmpty(cluster, leaving, given.numberOr("timeout"));
  }
  const removed = replicas === null ? [] : await removeMembers(cluster, replicas, { leaving, output });
  output.result({ leaving, removed }, () =>
    leaving.length + removed.length === 0
      ? "Nothing has to leave."
      : `${output.paint.green(MARKS.good)} ${counted(leaving.length, "group")} and ${counted(removed.length, "member")} have left; their processes can be ended.`,
  );
  return CODES.done;
}

/** Those in the configuration whose number is beyond the wanted. */
async function leavingGroups(cluster: LiveCluster, wanted: number): Promise<readonly string[]> {
  const configuration = await cluster.configuration();
  return Object.keys(fieldsOf(configuration["groups"])).filter((group) => isBeyond(group, wanted));
}

/** Pure. A group that is not numbered stays. */
export const isBeyond = (group: string, wanted: number): boolean => /^[1-9][0-9]*$/.test(group) && Number(group) > wanted;

type Removing = { readonly leaving: readonly string[]; readonly output: Output };

async function removeMembers(cluster: LiveCluster, wanted: number, { leaving, output }: Removing): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { group, ordinal, name } of surplus(await cluster.view(), wanted)) {
    if (leaving.includes(group)) continue;
    const member = await cluster.memberAt(group, ordinal);
    if (member === null) continue;
    output.say(`${name} leaves group ${group}.`);
    await cluster.leader(group, "DELETE", { path: `/v1/members/${encodeURIComponent(member)}` });
    removed.push(name);
  }
  return removed;
}

/** The highest places first, so that what remains is a group at every moment. */
function surplus(
  { groups }: ClusterView,
  wanted: number,
): readonly { readonly group: string; readonly ordinal: number; readonly name: string }[] {
  return groups
    .filter(({ service }) => service === "replica")
    .flatMap(({ group, members }) => members.map(({ name }) => ({ group, name, ordinal: Number(name.split("-").at(-1)) })))
    .filter(({ ordinal }) => ordinal >= wanted)
    .sort((a, b) => b.ordinal - a.ordinal);
}
