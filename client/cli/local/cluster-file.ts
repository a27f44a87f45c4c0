// DIR/cluster.json says what runs here, and is always true: it is replaced as a whole whenever a process starts or ends.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson } from "../json.ts";
import { Trouble } from "../trouble.ts";
import type { ProcessPorts, ServiceName } from "./process-description.ts";
import { SERVICES } from "./process-description.ts";
import type { ProcessMark } from "./process-mark.ts";
import { makeDirectory } from "./make-directory.ts";

export type ClusterProcess = {
  readonly name: string;
  readonly service: ServiceName;
  readonly group: string;
  readonly ordinal: number;
  /** Null while it doesn't run. */
  readonly pid: number | null;
  /** When that process began, as the machine tells it: a pid alone may be somebody else's by now. */
  readonly began: string | null;
  readonly http: string;
  /** Of a replica, for clients of the Redis protocol. */
  readonly redis?: string;
  /** Null: it has no peers. */
  readonly peer: string | null;
  readonly dataDir: string;
  readonly log: string;
  /** Why it is not started again. */
  readonly stopped?: string;
};

export type ClusterFile = {
  readonly clusterId: string;
  /** Of new processes; those that are here keep theirs. */
  readonly firstPort: number;
  /** Who keeps the processes running; null while nobody does. */
  readonly launcher: ProcessMark | null;
  readonly processes: readonly ClusterProcess[];
};

export const CLUSTER_FILE = "cluster.json";
const WITHOUT_IT =
  "choose another directory with --data DIR, or remove this file and nothing else: up with the same sizes and port goes on with the data";

export function writeClusterFile(directory: string, cluster: ClusterFile): void {
  makeDirectory(directory);
  const path = join(directory, CLUSTER_FILE);
  // Without the flush a loss of power could leave the new name on an empty file.
  writeFileSync(`${path}.new`, `${JSON.stringify(cluster, null, 2)}\n`, { flush: true });
  renameSync(`${path}.new`, path);
}

/** Null where nothing was started yet. Throws where there is something that nobody can read. */
export function readClusterFile(directory: string): ClusterFile | null {
  const path = join(directory, CLUSTER_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const cluster = parseJson(text) as Partial<ClusterFile> | null;
  if (typeof cluster?.clusterId !== "string" || typeof cluster.firstPort !== "number" || !Array.isArray(cluster.processes))
    throw new Trouble(`${path} is no list of processes: it was changed by hand, or made by another version`, WITHOUT_IT);
  const unknown = cluster.processes.find(({ service }) => !SERVICES.includes(service));
  if (unknown !== undefined)
    throw new Error(`${path} speaks of a service ${JSON.stringify(unknown.service)}, which this version does not know`);
  return { clusterId: cluster.clusterId, firstPort: cluster.firstPort, launcher: cluster.launcher ?? null, processes: cluster.processes };
}

/** How far from its HTTP port a replica has its Redis port. */
export const REDIS_OFFSET = 100;

/** Its members know each other by them. */
export function portsOf({ service, http, redis, peer }: Pick<ClusterProcess, "service" | "http" | "redis" | "peer">): ProcessPorts {
  const ports = { http: Number(new URL(http).port), peer: peer === null ? null : Number(peer.split(":").at(-1)) };
  if (service !== "replica") return ports;
  // One that was begun before there was such a door has its place for it.
  return { ...ports, redis: redis === undefined ? ports.http + REDIS_OFFSET : Number(new URL(redis).port) };
}

/** The process that the file means, whether it still lives or not. */
export function markIn({ pid, began }: ClusterProcess): ProcessMark | null {
  return pid === null || began === null ? null : { pid, began };
}
