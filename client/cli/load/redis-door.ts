// The Redis port as a door of recorded clients. Writes go under ONCE, so that a client library that sends a command again after a
// broken connection does not make two of it; a read that fails is dropped.
import { done, unknown } from "../../../core/base/outcome.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { RedisCaller } from "../../redis-once.ts";
import { RedisOnce, UnknownOutcome } from "../../redis-once.ts";
import type { Door } from "./door.ts";
import { answeredBy } from "../../waiting.ts";

export type RedisAddress = { readonly host: string; readonly port: number };

export type RedisDoorOptions = {
  readonly addresses: readonly RedisAddress[];
  /** A token, where one is needed. */
  readonly password: string | null;
  readonly deadlineMs: number;
};

/** A member that hangs keeps its connections open; without a limit a command would wait for as long as it does. */
const ATTEMPT_MS = 700;
const REFRESH_MS = 1_000;

/** The package is loaded here, so that no other command waits for it. */
export async function openRedisDoor({ addresses, password, deadlineMs }: RedisDoorOptions): Promise<Door> {
  const { Cluster } = await import("ioredis");
  const cluster = new Cluster([...addresses], {
    slotsRefreshTimeout: ATTEMPT_MS,
    redisOptions: { commandTimeout: ATTEMPT_MS, connectTimeout: ATTEMPT_MS, ...(password === null ? {} : { password }) },
  });
  // Each command says how it ended; what happens to connections in between is what this is about.
  cluster.on("error", () => undefined);
  // Not by `slotsRefreshInterval`: when a refresh is under way at the end, that goes on for ever, and the process with it.
  const refreshing = setInterval(() => cluster.refreshSlotsCache(() => undefined), REFRESH_MS);
  const close = (): void => {
    clearInterval(refreshing);
    cluster.disconnect();
  };
  const redis: RedisCaller = { call: (command, ...args) => cluster.call(command, ...(args as string[])) };
  return redisDoor(redis, { deadlineMs, close });
}

export function redisDoor(redis: RedisCaller, { deadlineMs, close }: { readonly deadlineMs: number; readonly close: () => void }): Door {
  const once = new RedisOnce({ redis, deadlineMs });
  return {
    hasGuards: false,
    perform: (input) => (input.kind === "get" ? read(redis, input.key, deadlineMs) : write(once, input)),
    close: () => Promise.resolve(close()),
  };
}

async function read(redis: RedisCaller, key: string, deadlineMs: number): Promise<Outcome<KvOutput>> {
  try {
    const value = await answeredBy(performance.now() + deadlineMs, redis.call("GET", key));
    return done(value === null ? { kind: "absent" } : { kind: "found", value: String(value) });
  } catch {
    return unknown("connectionLost");
  }
}

async function write(once: RedisOnce, input: Exclude<KvInput, { readonly kind: "get" }>): Promise<Outcome<KvOutput>> {
  try {
    const reply = await once.call(...commandOf(input));
    return done(outputOf(input.kind, reply));
  } catch (error) {
    // An error of the last attempt says nothing of the ones before it.
    return unknown(error instanceof UnknownOutcome ? "deadline" : "connectionLost");
  }
}

function commandOf(input: Exclude<KvInput, { readonly kind: "get" }>): [string, ...string[]] {
  switch (input.kind) {
    case "put":
      return ["SET", input.key, input.value];
    case "append":
      return ["APPEND", input.key, input.value];
    case "increment":
      return ["INCRBY", input.key, input.by];
    case "delete":
      return ["DEL", input.key];
  }
}

/** Redis says nothing of versions; what is not recorded is not checked. */
function outputOf(kind: "put" | "append" | "increment" | "delete", reply: unknown): KvOutput {
  switch (kind) {
    case "put":
      return { kind: "written" };
    case "append":
      return { kind: "written", length: Number(reply) };
    case "increment":
      return { kind: "incremented", value: String(reply) };
    case "delete":
      return { kind: "deleted", deleted: Number(reply) === 1 };
  }
}
