// What the launcher has to know about one process, whichever service it is: everything else (starting, restarting, writing
// down, ending) is the same for all of them.

export const SERVICES = ["shard-controller", "replica", "coordinator", "worker"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** All on loopback. Only members of groups have peers. */
export type ProcessPorts = { readonly http: number; readonly peer: number | null };

export type ProcessDescription = {
  /** Unique, and the name of its data directory and its log. */
  readonly name: string;
  readonly service: ServiceName;
  /** Processes that need a majority among each other; coordinators, and workers, of which any is enough. */
  readonly group: string;
  readonly ordinal: number;
  readonly ports: ProcessPorts;
  readonly dataDir: string;
  readonly log: string;
  /** What only this process is told. */
  readonly environment: Readonly<Record<string, string>>;
};

export const LOOPBACK = "127.0.0.1";
export const originOf = ({ ports }: Pick<ProcessDescription, "ports">): string => `http://${LOOPBACK}:${ports.http}`;
export const peerOf = ({ ports }: Pick<ProcessDescription, "ports">): string | null =>
  ports.peer === null ? null : `${LOOPBACK}:${ports.peer}`;
/** Whether it belongs to a group that votes. */
export const isMember = (service: ServiceName): boolean => service !== "coordinator" && service !== "worker";
