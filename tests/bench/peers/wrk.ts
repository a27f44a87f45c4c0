// One run of wrk against one store, and what it says about it.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { processorMs } from "./processor-time.ts";

export type Store = "flotilla" | "etcd";

export type Load = {
  readonly store: Store;
  readonly kind: "write" | "read";
  readonly connections: number;
  readonly seconds: number;
  /** `host:port`; as many threads as there are of these, each with its share of the connections. */
  readonly targets: readonly string[];
  /** All members that take part in the answers. */
  readonly pids: readonly (number | null | undefined)[];
};

export type Measured = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were none, or no success. A figure with any of these is none. */
  readonly errors: number;
  /** Of all members together, for one answer. */
  readonly processorUs: number;
};

export const KEYS = 10_000;
export const VALUE_BYTES = 256;
const SCRIPT = join(import.meta.dirname, "requests.lua");

type Report = {
  readonly answers: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
};

export async function runWrk({ store, kind, connections, seconds, targets, pids }: Load): Promise<Measured> {
  const threads = targets.length;
  const options = ["-t", threads, "-c", connections, "-d", `${seconds}s`, "--timeout", "10s", "-s", SCRIPT, `http://${targets[0]}/`];
  const environment = {
    BENCH_STORE: store,
    BENCH_KIND: kind,
    BENCH_TARGETS: targets.join(" "),
    BENCH_KEYS: String(KEYS),
    BENCH_VALUE_BYTES: String(VALUE_BYTES),
  };
  const busyBefore = processorMs(pids);
  const text = await outputOf("wrk", options.map(String), environment);
  const line = text.split("\n").find((each) => each.startsWith("{"));
  if (line === undefined) throw new Error(`wrk reported nothing:\n${text}`);
  const report = JSON.parse(line) as Report;
  return {
    perSecond: Math.round(report.answers / report.seconds),
    p50Ms: report.p50Ms,
    p99Ms: report.p99Ms,
    errors: report.errors,
    processorUs: Math.round(((processorMs(pids) - busyBefore) * 1_000) / report.answers),
  };
}

/** Rejects with all of its output if it fails. */
export function outputOf(program: string, options: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (data: Buffer) => (text += data.toString()));
    child.stderr.on("data", (data: Buffer) => (text += data.toString()));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(text) : reject(new Error(`${program} ended with ${code}:\n${text}`))));
  });
}
