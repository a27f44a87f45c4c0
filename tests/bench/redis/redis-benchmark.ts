// One run of redis-benchmark against one port, and what it says about it.
import { processorMs } from "../peers/processor-time.ts";
import type { Measured } from "../peers/wrk.ts";
import { KEYS, outputOf, VALUE_BYTES } from "../peers/wrk.ts";

export type RedisLoad = {
  readonly kind: "write" | "read";
  readonly connections: number;
  readonly pipeline: number;
  readonly requests: number;
  readonly port: string;
  /** All processes that take part in the answers. */
  readonly pids: readonly (number | null | undefined)[];
};

export async function runRedisBenchmark({ kind, connections, pipeline, requests, port, pids }: RedisLoad): Promise<Measured> {
  const options = ["-p", port, "-c", connections, "-P", pipeline, "-n", requests, "-d", VALUE_BYTES, "-r", KEYS];
  const test = kind === "write" ? "set" : "get";
  const [busyBefore, errorsBefore] = [processorMs(pids), await errorReplies(port)];
  const text = await outputOf("redis-benchmark", [...options.map(String), "-t", test, "--csv"]);
  const line = text.split("\n").find((each) => each.startsWith(`"${test.toUpperCase()}"`));
  const figures = line?.split(",").map((figure) => Number(figure.replaceAll('"', "")));
  const [, perSecond, , , p50Ms, , p99Ms] = figures ?? [];
  if (perSecond === undefined || p50Ms === undefined || p99Ms === undefined) throw new Error(`redis-benchmark reported nothing:\n${text}`);
  return {
    ...{ perSecond: Math.round(perSecond), p50Ms, p99Ms },
    // It shows figures even if every reply is an error.
    errors: (await errorReplies(port)) - errorsBefore,
    processorUs: Math.round(((processorMs(pids) - busyBefore) * 1_000) / requests),
  };
}

async function errorReplies(port: string): Promise<number> {
  const text = await outputOf("redis-cli", ["-p", port, "INFO", "stats"]);
  return Number(/total_error_replies:(\d+)/.exec(text)?.[1]);
}
