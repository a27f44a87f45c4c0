// INFO: facts in sections. What Redis has and we don't is left out, except where clients look for it.
import type { Client } from "../client.ts";
import { REDIS_VERSION } from "../server-facts.ts";

type Section = (client: Client) => Readonly<Record<string, string | number>>;

const SECTIONS: Readonly<Record<string, Section>> = {
  server: ({ surroundings: { facts, wallMs, cluster } }) => ({
    redis_version: REDIS_VERSION,
    redis_mode: "cluster",
    flotilla_version: facts.version,
    os: `${process.platform} ${process.arch}`,
    arch_bits: 64,
    process_id: process.pid,
    run_id: cluster.self.id,
    tcp_port: facts.port,
    uptime_in_seconds: Math.floor((wallMs() - facts.startedAtMs) / 1_000),
  }),
  clients: ({ surroundings: { facts } }) => ({ connected_clients: facts.connected, cluster_connections: 0, blocked_clients: 0 }),
  memory: () => {
    const { rss, heapUsed } = process.memoryUsage();
    return { used_memory: heapUsed, used_memory_rss: rss, maxmemory: 0, maxmemory_policy: "noeviction" };
  },
  persistence: () => ({ loading: 0, async_loading: 0, aof_enabled: 1, aof_last_write_status: "ok", rdb_bgsave_in_progress: 0 }),
  stats: ({ surroundings: { facts } }) => ({
    total_connections_received: facts.accepted,
    total_commands_processed: facts.requests,
    total_error_replies: facts.errors,
  }),
  replication: ({ surroundings: { cluster } }) => {
    const others = cluster.nodesOf(cluster.group)?.others ?? [];
    const leader = cluster.ownLeader();
    if (cluster.isLeader || leader === null)
      return { role: cluster.isLeader ? "master" : "slave", connected_slaves: cluster.isLeader ? others.length : 0 };
    return { role: "slave", master_host: leader.host, master_port: leader.port, master_link_status: "up", connected_slaves: 0 };
  },
  commandstats: ({ surroundings: { facts } }) =>
    Object.fromEntries(
      [...facts.byCommand].map(([name, { calls, failed }]) => [`cmdstat_${name}`, `calls=${calls},failed_calls=${failed}`]),
    ),
  cluster: () => ({ cluster_enabled: 1 }),
  keyspace: ({ surroundings: { cluster } }) => {
    const keys = cluster.machine?.keys ?? 0;
    const shards = cluster.machine?.state.shards ?? [];
    const ending = shards.reduce((sum, { content }) => sum + (content?.kv.endingKeys ?? 0), 0);
    return keys === 0 ? {} : { db0: `keys=${keys},expires=${ending},avg_ttl=0` };
  },
};

/** Not told unless they are asked for. */
const SELDOM: ReadonlySet<string> = new Set(["commandstats"]);

export function infoText(client: Client, wanted: readonly string[]): string {
  const isAll = wanted.includes("all") || wanted.includes("everything");
  const isDefault = wanted.length === 0 || wanted.includes("default");
  const told = Object.entries(SECTIONS).filter(([name]) => isAll || wanted.includes(name) || (isDefault && !SELDOM.has(name)));
  return told.map(([name, section]) => sectionText(name, section(client))).join("\r\n");
}

function sectionText(name: string, facts: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(facts).map(([fact, value]) => `${fact}:${value}\r\n`);
  return `# ${name.slice(0, 1).toUpperCase()}${name.slice(1)}\r\n${lines.join("")}`;
}
