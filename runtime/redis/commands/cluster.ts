// What clients ask about the cluster. All of it is answered from what this member knows.
import { slotOf } from "../../../core/shards/slots.ts";
import type { ClusterFacts, GroupNodes, Node, Range } from "../cluster/cluster-view.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import { clusterDown } from "../store-gate.ts";
import type { Command, ContainerCommand, LocalCommand } from "./command.ts";
import { SLOT_KEY_COMMANDS } from "./key-space.ts";

const CLUSTER = {
  kind: "local",
  group: "cluster",
  keys: null,
  flags: ["loading", "stale"],
  since: "3.0.0",
  complexity: "O(N) where N is the number of members",
} as const;
/** Where members would speak to each other in Redis; nobody here uses it. */
const BUS_PORT_OFFSET = 10_000;

function writeNode(out: ReplyWriter, { host, port, id }: Node): void {
  out.array(4).bulkText(host).integer(port).bulkText(id).map(0);
}

function writeSlots(cluster: ClusterFacts, out: ReplyWriter): void {
  const ranges = cluster.ranges().flatMap((range) => {
    const nodes = cluster.nodesOf(range.group);
    return nodes === null ? [] : [{ range, nodes }];
  });
  out.array(ranges.length);
  for (const { range, nodes } of ranges) {
    out
      .array(3 + nodes.others.length)
      .integer(range.start)
      .integer(range.end);
    for (const node of [nodes.leader, ...nodes.others]) writeNode(out, node);
  }
}

function writeShards(cluster: ClusterFacts, out: ReplyWriter): void {
  const ranges = cluster.ranges();
  const groups = cluster.groups();
  out.array(groups.length);
  for (const { group, leader, others } of groups) {
    const own = ranges.filter((range) => range.group === group);
    out
      .map(2)
      .bulkText("slots")
      .array(2 * own.length);
    for (const { start, end } of own) out.integer(start).integer(end);
    out.bulkText("nodes").array(1 + others.length);
    for (const node of [leader, ...others]) writeShardNode(out, node, node === leader ? "master" : "replica");
  }
}

function writeShardNode(out: ReplyWriter, { id, host, port }: Node, role: string): void {
  out.map(7).bulkText("id").bulkText(id).bulkText("port").integer(port).bulkText("ip").bulkText(host);
  out.bulkText("endpoint").bulkText(host).bulkText("role").bulkText(role);
  out.bulkText("replication-offset").integer(0).bulkText("health").bulkText("online");
}

/** One line for each member; eight fields before the slots. */
function nodesText(cluster: ClusterFacts): string {
  const ranges = cluster.ranges();
  const epoch = cluster.machine?.configuration.number ?? 0;
  const line = (node: Node, { group, leader }: GroupNodes): string => {
    const isLeader = node === leader;
    const flags = `${node.id === cluster.self.id ? "myself," : ""}${isLeader ? "master" : "slave"}`;
    const slots = isLeader ? ranges.filter((range) => range.group === group).map(shownRange) : [];
    const address = `${node.host}:${node.port}@${node.port + BUS_PORT_OFFSET}`;
    return [node.id, address, flags, isLeader ? "-" : leader.id, 0, 0, epoch, "connected", ...slots].join(" ");
  };
  const lines = cluster.groups().flatMap((nodes) => [nodes.leader, ...nodes.others].map((node) => line(node, nodes)));
  return lines.map((each) => `${each}\n`).join("");
}

const shownRange = ({ start, end }: Range): string => (start === end ? `${start}` : `${start}-${end}`);

function infoText(cluster: ClusterFacts): string {
  const groups = cluster.groups();
  const assigned = cluster.ranges().reduce((sum, { start, end }) => sum + end - start + 1, 0);
  const epoch = cluster.machine?.configuration.number ?? 0;
  const size = new Set(cluster.ranges().map(({ group }) => group)).size;
  const facts = {
    cluster_state: assigned > 0 ? "ok" : "fail",
    cluster_slots_assigned: assigned,
    cluster_slots_ok: assigned,
    cluster_slots_pfail: 0,
    cluster_slots_fail: 0,
    cluster_known_nodes: groups.reduce((sum, { others }) => sum + 1 + others.length, 0),
    cluster_size: size,
    cluster_current_epoch: epoch,
    cluster_my_epoch: epoch,
    cluster_stats_messages_sent: 0,
    cluster_stats_messages_received: 0,
    total_cluster_links_buffer_limit_exceeded: 0,
  };
  return Object.entries(facts)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join("");
}

const ELSEWHERE = "ERR shards are managed by the shard controller: flotilla shards move SHARD GROUP, flotilla groups join|leave";

const managed = (name: string): LocalCommand => ({
  ...CLUSTER,
  ...{ name: `cluster|${name}`, arity: -2, summary: "Not done here: shards and groups are the shard controller's." },
  run: (_client, _args, out) => void out.error(ELSEWHERE),
});

const UNKNOWN_SLOTS = clusterDown("this member does not know the slots yet");

/**
 * A member opens its port before it has its state back. Clients take a list of slots without any for the truth and ask nobody else; an
 * error lets them ask the next member.
 */
const onceKnown =
  (tell: (cluster: ClusterFacts, out: ReplyWriter) => void): LocalCommand["run"] =>
  ({ surroundings: { cluster } }, _args, out) => {
    if (cluster.ranges().length === 0) out.error(UNKNOWN_SLOTS);
    else tell(cluster, out);
  };

const LOCAL: readonly LocalCommand[] = [
  {
    ...CLUSTER,
    ...{ name: "cluster|slots", arity: 2, summary: "Who serves which slots." },
    run: onceKnown(writeSlots),
  },
  {
    ...CLUSTER,
    ...{ name: "cluster|shards", arity: 2, since: "7.0.0", summary: "The groups, their slots and their members." },
    run: onceKnown(writeShards),
  },
  {
    ...CLUSTER,
    ...{ name: "cluster|nodes", arity: 2, summary: "The members, a line for each." },
    run: onceKnown((cluster, out) => void out.verbatim(nodesText(cluster))),
  },
  {
    ...CLUSTER,
    ...{ name: "cluster|info", arity: 2, summary: "The state of the cluster." },
    run: ({ surroundings }, _args, out) => void out.verbatim(infoText(surroundings.cluster)),
  },
  {
    ...CLUSTER,
    ...{ name: "cluster|myid", arity: 2, summary: "The id of this member." },
    run: ({ surroundings }, _args, out) => void out.bulkText(surroundings.cluster.self.id),
  },
  {
    ...CLUSTER,
    ...{ name: "cluster|myshardid", arity: 2, since: "7.2.0", summary: "The id of this member's group." },
    run: ({ surroundings }, _args, out) => void out.bulkText(surroundings.cluster.group.padStart(40, "0")),
  },
  {
    ...CLUSTER,
    ...{ name: "cluster|keyslot", arity: 3, summary: "The slot of a key.", complexity: "O(1)" },
    run: (_client, [, , key], out) => void out.integer(slotOf(key as Buffer)),
  },
  {
    ...CLUSTER,
    ...{ name: "cluster|count-failure-reports", arity: 3, summary: "None: who serves is decided by elections." },
    run: (_client, _args, out) => void out.integer(0),
  },
  {
    ...CLUSTER,
    ...{ name: "cluster|links", arity: 2, since: "7.0.0", summary: "None of this protocol." },
    run: (_client, _args, out) => void out.array(0),
  },
  ...[
    "meet",
    "forget",
    "addslots",
    "addslotsrange",
    "delslots",
    "delslotsrange",
    "setslot",
    "set-config-epoch",
    "failover",
    "replicate",
    "reset",
    "bumpepoch",
    "flushslots",
    "saveconfig",
  ].map(managed),
];

const container: ContainerCommand = {
  ...CLUSTER,
  ...{
    kind: "container",
    name: "cluster",
    arity: -2,
    summary: "What there is to know of the cluster.",
    subcommands: [...LOCAL, ...SLOT_KEY_COMMANDS],
  },
};

const flag = (name: string, isReadonly: boolean, summary: string): LocalCommand => ({
  ...{
    kind: "local",
    name,
    group: "cluster",
    arity: 1,
    flags: ["loading", "stale", "fast"],
    keys: null,
    since: "3.0.0",
    complexity: "O(1)",
    summary,
  },
  run: (client, _args, out) => {
    client.isReadonly = isReadonly;
    out.simple("OK");
  },
});

export const CLUSTER_COMMANDS: readonly Command[] = [
  container,
  flag("readonly", true, "Let followers serve the reads of this connection, linearizably."),
  flag("readwrite", false, "Send reads of this connection to leaders."),
  {
    ...{ kind: "local", name: "asking", group: "cluster", arity: 1, flags: ["fast"], keys: null, since: "3.0.0", complexity: "O(1)" },
    summary: "Nothing: nobody is ever told to ask elsewhere with it.",
    run: (_client, _args, out) => void out.simple("OK"),
  },
];
