// DIR/cluster.json says what runs here, and is always true: it is replaced as a whole whenever a process starts or ends.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GroupPorts } from "./local-group.ts";

export type ClusterProcess = {
  readonly name: string;
  readonly service: "replica";
  readonly group: string;
  readonly ordinal: number;
  /** Null while it doesn't run. */
  readonly pid: number | null;
  readonly http: string;
  readonly peer: string;
  readonly dataDir: string;
  readonly log: string;
  /** Why it is not started again. */
  readonly stopped?: string;
};

export type ClusterFile = { readonly clusterId: string | null; readonly processes: readonly ClusterProcess[] };

const NAME = "cluster.json";

export function writeClusterFile(directory: string, cluster: ClusterFile): void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, NAME);
  writeFileSync(`${path}.new`, `${JSON.stringify(cluster, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** Null where nothing was started yet, or where nobody can tell what. */
export function readClusterFile(directory: string): ClusterFile | null {
  try {
    const cluster = JSON.parse(readFileSync(join(directory, NAME), "utf8")) as Partial<ClusterFile>;
    return Array.isArray(cluster.processes) ? { clusterId: cluster.clusterId ?? null, processes: cluster.processes } : null;
  } catch {
    return null;
  }
}

/** The ports that a directory was begun with: its members know each other by them. */
export function portsIn({ processes }: ClusterFile): readonly GroupPorts[] {
  return processes.map(({ http, peer }) => ({ http: Number(http.split(":").at(-1)), peer: Number(peer.split(":").at(-1)) }));
}
