// The clients that people use, behind one small shape: five versions of two libraries, each with its defaults, but for what one of them
// can't do with them.
import { Cluster as Cluster6, Redis as Redis6 } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis-5";
import { createClient as createClient6, createCluster as createCluster6 } from "redis";
import { createClient as createClient4, createCluster as createCluster4 } from "redis-4";
import { createClient as createClient5, createCluster as createCluster5 } from "redis-5";

export type RedisClient = {
  readonly name: string;
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  increment(key: string): Promise<number>;
  /** Both in one transaction. */
  setAndGet(key: string, value: string): Promise<readonly unknown[]>;
  /** Both in one pipeline. */
  setAndGetPiped(key: string, value: string): Promise<readonly unknown[]>;
  call(command: string, ...args: (string | Uint8Array | number)[]): Promise<unknown>;
  close(): Promise<unknown>;
};

export type ClientKind = { readonly name: string; readonly connect: (address: string) => Promise<RedisClient> };

type IoRedis = Pick<InstanceType<typeof Cluster6>, "set" | "get" | "incr" | "multi" | "pipeline" | "call" | "quit" | "disconnect" | "on">;
type NodeRedisMany = { exec(): Promise<readonly unknown[]>; execAsPipeline(): Promise<readonly unknown[]> };
type NodeRedis = {
  connect(): Promise<unknown>;
  on(event: "error", listener: (error: unknown) => void): unknown;
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  incr(key: string): Promise<number>;
  multi(): { set(key: string, value: string): { get(key: string): NodeRedisMany } };
  sendCommand(key: string | undefined, isReadonly: boolean, args: readonly string[]): Promise<unknown>;
  close?(): Promise<unknown>;
  quit?(): Promise<unknown>;
  disconnect?(): Promise<unknown>;
};

function ofIoRedis(name: string, redis: IoRedis): RedisClient {
  redis.on("error", () => undefined);
  return {
    name,
    set: (key, value) => redis.set(key, value),
    get: (key) => redis.get(key),
    increment: (key) => redis.incr(key),
    setAndGet: async (key, value) => ((await redis.multi().set(key, value).get(key).exec()) ?? []).map(([, result]) => result),
    setAndGetPiped: async (key, value) => ((await redis.pipeline().set(key, value).get(key).exec()) ?? []).map(([, result]) => result),
    call: (command, ...args) => redis.call(command, ...(args as string[])),
    close: () => Promise.resolve(redis.disconnect()),
  };
}

async function ofNodeRedis(name: string, redis: NodeRedis): Promise<RedisClient> {
  redis.on("error", () => undefined);
  await redis.connect();
  return {
    name,
    set: (key, value) => redis.set(key, value),
    get: (key) => redis.get(key),
    increment: (key) => redis.incr(key),
    setAndGet: (key, value) => redis.multi().set(key, value).get(key).exec(),
    setAndGetPiped: (key, value) => redis.multi().set(key, value).get(key).execAsPipeline(),
    call: (command, ...args) => redis.sendCommand(undefined, false, [command, ...args.map(String)]),
    close: async () => (redis.disconnect ?? redis.close)?.call(redis),
  };
}

const nodeOf = (address: string): { host: string; port: number } => {
  const [host = "", port = ""] = address.split(":");
  return { host, port: Number(port) };
};

type ClusterOptions = { readonly defaults?: { readonly socket: object } };
type CreateCluster = (options: ClusterOptions & { rootNodes: { url: string }[] }) => NodeRedis;
const nodeRedis = (name: string, create: unknown, options: ClusterOptions = {}): ClientKind => ({
  name,
  connect: (address) => ofNodeRedis(name, (create as CreateCluster)({ ...options, rootNodes: [{ url: `redis://${address}` }] })),
});
/** Else one that was sent on once shares "no reconnecting" with its own probe: docs/redis-commands.md says it to users. */
const SOCKET_OF_ITS_OWN = { defaults: { socket: {} } };

export const CLUSTER_CLIENTS: readonly ClientKind[] = [
  {
    name: "ioredis 5",
    connect: (address) => Promise.resolve(ofIoRedis("ioredis 5", new Cluster5([nodeOf(address)]) as unknown as IoRedis)),
  },
  { name: "ioredis 6", connect: (address) => Promise.resolve(ofIoRedis("ioredis 6", new Cluster6([nodeOf(address)]))) },
  nodeRedis("node-redis 4", createCluster4, SOCKET_OF_ITS_OWN),
  nodeRedis("node-redis 5", createCluster5),
  nodeRedis("node-redis 6", createCluster6),
];

type CreateClient = (options: { url: string }) => NodeRedis;
const singleNodeRedis = (name: string, create: unknown): ClientKind => ({
  name,
  connect: (address) => ofNodeRedis(name, (create as CreateClient)({ url: `redis://${address}` })),
});

/** They know one address, and nothing of clusters. */
export const SINGLE_CLIENTS: readonly ClientKind[] = [
  {
    name: "ioredis 5, single",
    connect: (address) => Promise.resolve(ofIoRedis("ioredis 5, single", new Redis5(nodeOf(address)) as unknown as IoRedis)),
  },
  {
    name: "ioredis 6, single",
    connect: (address) => Promise.resolve(ofIoRedis("ioredis 6, single", new Redis6(nodeOf(address)) as unknown as IoRedis)),
  },
  singleNodeRedis("node-redis 4, single", createClient4),
  singleNodeRedis("node-redis 5, single", createClient5),
  singleNodeRedis("node-redis 6, single", createClient6),
];
