// From "two groups of three" to a list of processes with ports and environments. What a directory was begun with stays:
// members know each other by their ports. Pure.
import { join } from "node:path";
import { GROUP_MEMBERS_MAX } from "../../../core/shards/configuration.ts";
import type { ClusterProcess } from "./cluster-file.ts";
import { portsOf, REDIS_OFFSET } from "./cluster-file.ts";
import type { ProcessDescription, ProcessPorts, ServiceName } from "./process-description.ts";
import { isMember, originOf, peerOf, redisOf } from "./process-description.ts";
import { taskMemoryOf } from "./worker-memory.ts";

export type ClusterSize = {
  readonly groups: number;
  readonly replicas: number;
  readonly controllers: number;
  readonly coordinators: number;
  readonly workers: number;
};

export type PlanOptions = {
  readonly size: ClusterSize;
  readonly directory: string;
  readonly firstPort: number;
  readonly clusterId: string;
  /** What the inputs and outputs of jobs may lie below. */
  readonly fileRoots: readonly string[];
  /** For all that runs; null: workers are told otherwise what their tasks may use. */
  readonly memoryBytes: number | null;
  /** What the directory holds already. */
  readonly known: readonly ClusterProcess[];
};

export const DEFAULT_SIZE: ClusterSize = { groups: 2, replicas: 3, controllers: 3, coordinators: 2, workers: 2 };
export const CONTROLLERS_MAX = 9;
/** Of all groups together. */
export const REPLICAS_MAX = 90;
export const REPLICAS_OF_A_GROUP_MAX = GROUP_MEMBERS_MAX;
export const COORDINATORS_MAX = 9;
export const WORKERS_MAX = 64;
export const CONTROLLERS_GROUP = "controllers";
export const COORDINATORS_GROUP = "coordinators";
export const WORKERS_GROUP = "workers";

/** How far from the first port those of a service begin. Redis doors have 100 to 199. */
const HTTP_OFFSETS: Readonly<Record<ServiceName, number>> = { "shard-controller": 0, replica: 10, coordinator: 300, worker: 310 };
const PEERS_OFFSET = 200;
/** The last port is this far from the first. */
export const PORTS_SPAN = 400;

type Place = Pick<ProcessDescription, "name" | "service" | "group" | "ordinal" | "ports">;

export function planCluster(options: PlanOptions): readonly ProcessDescription[] {
  const { size, directory, firstPort, clusterId, known } = options;
  const at = (place: Omit<Place, "ports">, number: number): Place => {
    const found = known.find(({ name }) => name === place.name);
    return { ...place, ports: found === undefined ? portsFor(place.service, firstPort + number) : portsOf(found) };
  };
  const controllers = ordinals(size.controllers).map((ordinal) =>
    at({ name: `controller-${ordinal}`, service: "shard-controller", group: CONTROLLERS_GROUP, ordinal }, ordinal),
  );
  const groups = groupNames(size.groups).map((group, i) =>
    ordinals(size.replicas).map((ordinal) =>
      at({ name: `replica-${group}-${ordinal}`, service: "replica", group, ordinal }, i * size.replicas + ordinal),
    ),
  );
  const described = (places: readonly Place[], environment: Readonly<Record<string, string>>): readonly ProcessDescription[] =>
    places.map((place) => {
      const dataDir = join(directory, place.name);
      const own = environmentOf({ place, places, dataDir, clusterId });
      return { ...place, dataDir, log: join(directory, "logs", `${place.name}.log`), environment: { ...own, ...environment } };
    });
  const initial = { FLOTILLA_INITIAL_GROUPS: groupNames(size.groups).join(",") };
  const founders = controllers.length === 0 ? {} : { FLOTILLA_CONTROLLERS: controllers.map(peerOf).join(",") };
  const members = [...described(controllers, initial), ...groups.flatMap((places) => described(places, founders))];
  return [...members, ...planJobs(options, members, at)];
}

type PlaceAt = (place: Omit<Place, "ports">, number: number) => Place;

/** Coordinators and workers: any of each is enough, so they need not know each other. */
function planJobs(
  { size, directory, fileRoots, memoryBytes }: PlanOptions,
  members: readonly ProcessDescription[],
  at: PlaceAt,
): readonly ProcessDescription[] {
  const coordinators = ordinals(size.coordinators).map((ordinal) =>
    at({ name: `coordinator-${ordinal}`, service: "coordinator", group: COORDINATORS_GROUP, ordinal }, ordinal),
  );
  const workers = ordinals(size.workers).map((ordinal) =>
    at({ name: `worker-${ordinal}`, service: "worker", group: WORKERS_GROUP, ordinal }, ordinal),
  );
  const processes = members.length + size.coordinators + size.workers;
  const taskMemory = memoryBytes === null ? null : taskMemoryOf({ memoryBytes, processes, workers: size.workers });
  const store = members.filter(({ service }) => service === "replica").map(originOf);
  const described = (place: Place, environment: Readonly<Record<string, string>>): ProcessDescription => {
    const dataDir = join(directory, place.name);
    const own = { FLOTILLA_HTTP_PORT: String(place.ports.http), ...environment };
    return { ...place, dataDir, log: join(directory, "logs", `${place.name}.log`), environment: own };
  };
  return [
    ...coordinators.map((place) => described(place, { FLOTILLA_STORE: store.join(",") })),
    ...workers.map((place) =>
      described(place, {
        FLOTILLA_STORE: store.join(","),
        FLOTILLA_COORDINATORS: coordinators.map(originOf).join(","),
        FLOTILLA_DATA_DIR: join(directory, place.name),
        FLOTILLA_FILE_ROOTS: fileRoots.join(","),
        ...(taskMemory === null ? {} : { FLOTILLA_TASK_MEMORY_BYTES: String(taskMemory) }),
      }),
    ),
  ];
}

/** What runs, or ran, in a directory. */
export function sizeOf(processes: readonly ClusterProcess[]): ClusterSize {
  const replicas = processes.filter(({ service }) => service === "replica");
  const groups = new Set(replicas.map(({ group }) => group)).size;
  const controllers = processes.filter(({ service }) => service === "shard-controller").length;
  const [coordinators, workers] = (["coordinator", "worker"] as const).map(
    (service) => processes.filter((each) => each.service === service).length,
  );
  return {
    ...{ groups, replicas: groups === 0 ? 0 : replicas.length / groups, controllers },
    ...{ coordinators: coordinators ?? 0, workers: workers ?? 0 },
  };
}

/** Null: the directory can be continued with this size. Groups may come, coordinators and workers may come and go; nothing else changes by starting. */
export function whyNotContinue(known: ClusterSize, wanted: ClusterSize): string | null {
  if (wanted.replicas !== known.replicas) return `has ${known.replicas} replicas in each group, not ${wanted.replicas}`;
  if (wanted.controllers !== known.controllers) return `has ${known.controllers} controllers, not ${wanted.controllers}`;
  return wanted.groups < known.groups ? `has ${known.groups} groups, more than ${wanted.groups}` : null;
}

const ordinals = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const groupNames = (count: number): readonly string[] => ordinals(count).map((i) => String(i + 1));

function portsFor(service: ServiceName, number: number): ProcessPorts {
  const http = number + HTTP_OFFSETS[service];
  const ports = { http, peer: isMember(service) ? http + PEERS_OFFSET : null };
  return service === "replica" ? { ...ports, redis: http + REDIS_OFFSET } : ports;
}

function redisEnvironment({ ports }: Place, places: readonly Place[]): Readonly<Record<string, string>> {
  const addresses = places.flatMap((each) => redisOf(each) ?? []).map((address) => new URL(address).host);
  return { FLOTILLA_REDIS_PORT: String(ports.redis), FLOTILLA_REDIS_PEERS: addresses.join(",") };
}

type EnvironmentOf = {
  readonly place: Place;
  readonly places: readonly Place[];
  readonly dataDir: string;
  readonly clusterId: string;
};

function environmentOf({ place, places, dataDir, clusterId }: EnvironmentOf): Readonly<Record<string, string>> {
  return {
    ...(place.service === "replica" ? { FLOTILLA_GROUP: place.group, ...redisEnvironment(place, places) } : {}),
    FLOTILLA_CLUSTER: clusterId,
    FLOTILLA_ORDINAL: String(place.ordinal),
    FLOTILLA_PEERS: places.map(peerOf).join(","),
    FLOTILLA_HTTP_PEERS: places.map((each) => new URL(originOf(each)).host).join(","),
    FLOTILLA_HTTP_PORT: String(place.ports.http),
    FLOTILLA_DATA_DIR: dataDir,
  };
}
