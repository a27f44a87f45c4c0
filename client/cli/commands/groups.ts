// `flotilla groups`: the groups of replicas, and telling the controllers that one joins or leaves.
import type { ClusterView } from "../status/cluster-view.ts";
import { LiveCluster } from "../cluster/live-cluster.ts";
import { environment } from "../config.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { Output } from "../output.ts";
import { counted, duration, MARKS, table } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";
import { rangesOf } from "../status/ranges.ts";
import { pause } from "../../waiting.ts";
import { WAIT_FLAGS } from "./shards.ts";

const list: Command = {
  name: "groups",
  summary: "the groups, their leaders and what they hold",
  arguments: [],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla groups", meaning: "one line for each" }],
  run: runList,
};

const join: Command = {
  name: "groups join",
  summary: "let a group take its share of the shards",
  arguments: [
    { name: "GROUP", meaning: "its id" },
    { name: "URL", meaning: "its members; without: those that the local cluster has", isOptional: true, isList: true },
  ],
  flags: [...WAIT_FLAGS, ...CLUSTER_FLAGS],
  examples: [
    { command: "flotilla groups join 3", meaning: "after flotilla up --groups 3, or when it was said to be gone and is back" },
    { command: "flotilla groups join 3 http://a:7400 http://b:7400 http://c:7400", meaning: "a group elsewhere" },
  ],
  run: runJoin,
};

const leave: Command = {
  name: "groups leave",
  summary: "take all shards from a group, so that it can be ended",
  details:
    "With --gone all its disks are lost for good: shards that were on their way to it stay where they are, and what it alone had stays its own, served by nobody. " +
    "A group that answers all the same is not gone: it keeps what it has, and where nothing moves the command is refused.",
  arguments: [{ name: "GROUP", meaning: "its id; with --gone also several, like 2,3" }],
  flags: [
    { name: "gone", kind: "switch", meaning: "it never comes back: take back what was to go to it" },
    { name: "even-frozen", kind: "switch", meaning: "with --gone: also shards that it may have served; what it took in then is lost" },
    ...WAIT_FLAGS,
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla groups leave 3", meaning: "returns when it owns and holds nothing" },
    { command: "flotilla groups leave 3 --gone", meaning: "after its last disk was lost in the middle of a move" },
    { command: "flotilla groups leave 2,3 --gone", meaning: "two that were lost, or one that was and one that was ended before" },
  ],
  run: runLeave,
};

export const GROUP_COMMANDS: readonly Command[] = [list, join, leave];

async function runList(given: Given, output: Output): Promise<number> {
  const { groups } = await LiveCluster.of(given, environment).view();
  const replicas = groups.filter(({ service }) => service === "replica");
  const rows = replicas.map(({ group, health, leader, members, shards, keys }) => [
    `${health === "healthy" ? MARKS.good : health === "degraded" ? MARKS.warning : MARKS.bad} group ${group}`,
    counted(members.length, "member"),
    leader === null ? "no leader" : `${leader} leads`,
    shards === null ? "" : counted(shards, "shard"),
    keys === null ? "" : counted(keys, "key"),
  ]);
  output.result(replicas, () => table(rows));
  return CODES.done;
}

async function runJoin(given: Given, output: Output): Promise<number> {
  const group = given.argument("GROUP");
  const cluster = LiveCluster.of(given, environment);
  const named = given.list("URL");
  const { members } = await cluster.facts();
  const known = members.filter((member) => member.service === "replica" && member.group === group).map(({ http }) => http);
  const addresses = named.length > 0 ? named : known;
  if (addresses.length === 0)
    throw new Trouble(
      `nothing is known of a group ${group}`,
      `start it: flotilla up --groups N; or name its members: flotilla groups join ${group} URL…`,
    );
  const startMs = performance.now();
  await cluster.controllers("POST", "/v1/groups/join", { groups: { [group]: addresses } });
  const isWaiting = !given.has("no-wait");
  if (isWaiting) await untilSettled(cluster, given.numberOr("timeout"));
  output.result({ group, addresses, tookMs: isWaiting ? Math.round(performance.now() - startMs) : null }, () =>
    isWaiting
      ? `${output.paint.green(MARKS.good)} Group ${group} has its share after ${duration(performance.now() - startMs)}.`
      : `Group ${group} has joined; its shards are on their way.`,
  );
  return CODES.done;
}

async function runLeave(given: Given, output: Output): Promise<number> {
  if (given.has("gone")) return takeBack(given, output);
  if (given.has("even-frozen"))
    throw new UsageError("--even-frozen is for a group that is gone", "flotilla groups leave GROUP --gone --even-frozen");
  const group = given.argument("GROUP");
  const cluster = LiveCluster.of(given, environment);
  const startMs = performance.now();
  await cluster.controllers("POST", "/v1/groups/leave", { groups: [group] });
  const isWaiting = !given.has("no-wait");
  if (isWaiting) await untilEmpty(cluster, [group], given.numberOr("timeout"));
  output.result({ group, tookMs: isWaiting ? Math.round(performance.now() - startMs) : null }, () =>
    isWaiting
      ? `${output.paint.green(MARKS.good)} Group ${group} holds nothing any more after ${duration(performance.now() - startMs)}; its processes can be ended.`
      : `Group ${group} is leaving.`,
  );
  return CODES.done;
}

async function takeBack(given: Given, output: Output): Promise<number> {
  const groups = namedIn(given.argument("GROUP"));
  const cluster = LiveCluster.of(given, environment);
  const startMs = performance.now();
  await askUntilRaised(() => cluster.controllers("POST", "/v1/groups/leave", { groups, gone: true, evenFrozen: given.has("even-frozen") }));
  const isWaiting = !given.has("no-wait");
  const what = "every shard is served that is not with it alone";
  if (isWaiting) await cluster.until(what, given.numberOr("timeout"), (view) => (isTakenBack(view, groups) ? true : null));
  const { owners } = await cluster.view();
  const lost = (owners ?? []).flatMap((owner, shard) => (owner !== null && groups.includes(owner) ? [shard] : []));
  const [names, who] = groups.length === 1 ? [`group ${groups.join("")}`, "it"] : [`groups ${groups.join(" and ")}`, "they"];
  output.result({ groups, lost, tookMs: isWaiting ? Math.round(performance.now() - startMs) : null }, () => {
    const done = isWaiting
      ? `${output.paint.green(MARKS.good)} Nothing waits for ${names} any more`
      : `What was to go to ${names} is taken back`;
    return lost.length === 0
      ? `${done}; ${who} had nothing that nobody else has.`
      : `${done}; ${counted(lost.length, "shard")} ${who} alone had: ${rangesOf(lost)}.`;
  });
  return CODES.done;
}

const RAISED_MS = 10_000;

/** The first time the controllers' version is raised for it, which takes a moment. */
async function askUntilRaised(ask: () => Promise<unknown>): Promise<void> {
  const untilMs = performance.now() + RAISED_MS;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!(error instanceof Trouble) || !error.message.startsWith("upgrading") || performance.now() > untilMs) throw error;
      await pause(200);
    }
  }
}

/** Pure. Groups that are lost together have to be named together. */
export function namedIn(list: string): readonly string[] {
  const names = [...new Set(list.split(","))];
  if (names.includes("")) throw new UsageError(`${list} has an empty name in it`, "flotilla groups leave 2,3 --gone");
  return names;
}

/** Pure. What the gone groups alone had is served by nobody. */
export function isTakenBack({ owners, groups, moves }: ClusterView, gone: readonly string[]): boolean {
  if (owners === null || moves.length > 0) return false;
  const serving = new Map(groups.map((each) => [each.group, new Set(each.serving)]));
  return owners.every((owner, shard) => owner === null || gone.includes(owner) || serving.get(owner)?.has(shard) === true);
}

export async function untilSettled(cluster: LiveCluster, deadlineMs: number): Promise<void> {
  const what = "all shards are served by their owners";
  await cluster.until(what, deadlineMs, (view) => (view.moves.length === 0 && isServedByOwners(view) ? true : null));
}

export async function untilEmpty(cluster: LiveCluster, leaving: readonly string[], deadlineMs: number): Promise<void> {
  const what = `${leaving.map((each) => `group ${each}`).join(", ")} holds nothing`;
  await cluster.until(what, deadlineMs, (view) => (isEmptied(view, leaving) ? true : null));
}

/** Pure. Silence proves nothing: a group that says nothing may have all that it had. What has left it is what others serve. */
export function isEmptied(view: ClusterView, leaving: readonly string[]): boolean {
  const { owners, groups, moves } = view;
  if (owners === null || owners.some((owner) => owner === null || leaving.includes(owner))) return false;
  const serves = groups.some(({ group, serving }) => leaving.includes(group) && serving.length > 0);
  return !serves && !moves.some(({ from }) => from !== null && leaving.includes(from)) && isServedByOwners(view);
}

/** Pure: as the owners' leaders say. */
function isServedByOwners({ owners, groups }: ClusterView): boolean {
  const serving = new Map(groups.map((each) => [each.group, new Set(each.serving)]));
  return owners?.every((owner, shard) => owner === null || serving.get(owner)?.has(shard) === true) ?? false;
}
