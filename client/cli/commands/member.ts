// `flotilla member replace`: a member begins anew with an empty disk, because its own is damaged or lost or because somebody says so.
// Its group must do without it meanwhile. On Kubernetes: member-on-kubernetes.ts.
import { existsSync, renameSync } from "node:fs";
import { LiveCluster } from "../cluster/live-cluster.ts";
import { environment } from "../config.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { ClusterProcess } from "../local/cluster-file.ts";
import { isAlive, signalIfAlive } from "../local/process-mark.ts";
import type { Output } from "../output.ts";
import type { GroupView } from "../status/cluster-view.ts";
import { duration, MARKS } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";
import { ON_KUBERNETES_FLAGS, replaceOnKubernetes } from "./member-on-kubernetes.ts";

export const memberReplace: Command = {
  name: "member replace",
  summary: "let a member begin anew with an empty disk",
  details:
    "It copies everything from the others and then votes again. The old data is set aside, not deleted. With --kubernetes the member's volume is lost with its node, or damaged: its claim and its pod are deleted, and it begins anew on another node. Refused while the others are no majority without it: that is group recover.",
  arguments: [
    { name: "GROUP", meaning: "a group's id, or controllers" },
    { name: "ORDINAL", meaning: "its place in the group, from 0" },
  ],
  flags: [
    {
      name: "timeout",
      kind: "duration",
      value: "TIME",
      fallback: 120_000,
      min: 1_000,
      max: 3_600_000,
      meaning: "how long to wait until it votes again",
    },
    ...ON_KUBERNETES_FLAGS,
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla member replace 1 2", meaning: "replica 2 of group 1 refuses its damaged disk" },
    { command: "flotilla member replace 1 2 --kubernetes --namespace store", meaning: "its node is lost, and its volume with it" },
  ],
  run: runReplace,
};

async function runReplace(given: Given, output: Output): Promise<number> {
  const [group, text] = [given.argument("GROUP"), given.argument("ORDINAL")];
  if (!/^[0-9]{1,2}$/.test(text))
    throw new UsageError(`ORDINAL is ${JSON.stringify(text)}, not a place such as 0`, "see them all: flotilla status");
  const ordinal = Number(text);
  if (given.has("kubernetes")) return replaceOnKubernetes({ group, ordinal }, given, output);
  const cluster = LiveCluster.of(given, environment);
  const before = await cluster.group(group);
  const name = nameAt(before, ordinal);
  refuseWithoutMajority(before, name);
  const startMs = performance.now();
  const isRunning = before.members.some(
    (member) => member.name === name && member.role !== "stopped" && member.role !== "down" && member.role !== "silent",
  );
  const old = await cluster.memberAt(group, ordinal);
  if (isRunning) await remove(cluster, group, old);
  else setAside(cluster, name);
  await cluster.until(`${name} votes again`, given.numberOr("timeout"), async ({ groups }) => {
    const member = groups.find((each) => each.group === group)?.members.find((each) => each.name === name);
    if (member?.isWell !== true) return null;
    // The old one, which has not ended yet, is well too.
    const now = await cluster.memberAt(group, ordinal);
    return now !== null && now !== old ? true : null;
  });
  const took = performance.now() - startMs;
  output.result(
    { group, ordinal, tookMs: Math.round(took) },
    () => `${output.paint.green(MARKS.good)} ${name} began anew, has everything and votes after ${duration(took)}.`,
  );
  return CODES.done;
}

function nameAt({ members, group }: GroupView, ordinal: number): string {
  const found = members.find(({ name }) => name.endsWith(`-${ordinal}`));
  if (found === undefined)
    throw new Trouble(`group ${group} has no member ${ordinal}`, `it has: ${members.map(({ name }) => name).join(", ")}`);
  return found.name;
}

function refuseWithoutMajority({ members, leader, group }: GroupView, name: string): void {
  const others = members.filter((member) => member.name !== name && member.isWell).length;
  const majority = Math.floor(members.length / 2) + 1;
  if (leader !== null && others >= majority) return;
  throw new Trouble(
    `group ${group} has no majority without ${name}: ${others} of ${members.length} others are well`,
    "bring the others back first; if their disks are gone for good: flotilla group recover --help",
  );
}

/** A member that runs: its group gives up its id, and it sets its data aside and starts again as a newcomer. */
async function remove(cluster: LiveCluster, group: string, member: string | null): Promise<void> {
  if (member === null) throw new Trouble("its group does not know this member", "it may be joining just now: flotilla status");
  await cluster.leader(group, "DELETE", { path: `/v1/members/${encodeURIComponent(member)}` });
}

/** A member that can't run: only where its disk is ours. */
function setAside(cluster: LiveCluster, name: string): void {
  const { local } = cluster.context();
  const process = local?.cluster.processes.find((each) => each.name === name);
  if (local === null || process === undefined)
    throw new Trouble(
      `${name} does not run, and its disk is not on this machine`,
      "on Kubernetes: the same with --kubernetes; elsewhere empty its data directory there, and start it again",
    );
  rename(process);
  const { launcher } = local.cluster;
  if (launcher === null || !isAlive(launcher)) throw new Trouble(`its data is set aside, but nobody starts ${name} again`, "flotilla up");
  signalIfAlive(launcher, "SIGUSR2");
}

function rename({ dataDir }: ClusterProcess): void {
  if (!existsSync(dataDir)) return;
  let n = 1;
  while (existsSync(`${dataDir}.aside-${n}`)) n += 1;
  renameSync(dataDir, `${dataDir}.aside-${n}`);
}
