// The Redis door of three members, one redis-server that syncs every write, and three members of etcd by gRPC: SET and GET at 64
// connections, in turns, in one run, as ratios. Prints JSON. Measures and asserts nothing.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { LocalGroup } from "../../client/cli/local-group.ts";
import { RedisProcess, redisVersion } from "../differential/redis/redis-process.ts";
import { freePorts } from "../integration/free-ports.ts";
import { EtcdGroup } from "./peers/etcd-group.ts";
import { etcdVersion, whatIsMissing } from "./peers/missing.ts";
import { ourGroup } from "./peers/our-group.ts";
import type { Pair } from "./peers/pairs.ts";
import { compare } from "./peers/pairs.ts";
import type { Measured } from "./peers/wrk.ts";
import { KEYS, VALUE_BYTES } from "./peers/wrk.ts";
import { fillKeys } from "./redis/fill-keys.ts";
import { runH2load } from "./redis/h2load.ts";
import { runRedisBenchmark } from "./redis/redis-benchmark.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    /** Cases by name, separated by commas. */
    only: { type: "string", default: "" },
    /** Stores to measure beside ours: redis, etcd. */
    beside: { type: "string", default: "redis,etcd" },
    /** Where the data lies: what is measured is this disk, too. */
    directory: { type: "string", default: ".tmp" },
    /** Where Node writes what our members' processors were busy with. Slows them down by some percent. */
    profiles: { type: "string" },
  },
});

type Case = { readonly name: string; readonly kind: "write" | "read"; readonly pipeline: number; readonly bar: number };

/** The bars are ratios to the single redis-server. */
const CASES: readonly Case[] = [
  { name: "set-1", kind: "write", pipeline: 1, bar: 0.5 },
  { name: "get-1", kind: "read", pipeline: 1, bar: 0.6 },
  { name: "set-16", kind: "write", pipeline: 16, bar: 0.3 },
  { name: "get-16", kind: "read", pipeline: 16, bar: 0.4 },
];
const CONNECTIONS = 64;
const WARM_UP_REQUESTS = 20_000;
const ATTEMPTS_MAX = 5;
const LEADER_DEADLINE_MS = 60_000;

type Beside = "redis" | "etcd";
type Contender = {
  readonly measure: (each: Case, seconds: number) => Promise<Measured>;
  /** Measured without being kept: how many requests fill the time, and code that is as fast as it gets. */
  readonly warmUp: (each: Case) => Promise<void>;
};

const root = join(import.meta.dirname, "../..");
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);
const wanted = options.only.split(",").filter((name) => name !== "");
const beside = (["redis", "etcd"] as const).filter((name) => options.beside.split(",").includes(name));

const missing = whatIsMissing(["redis-server", "redis-benchmark", "etcd", "h2load"]);
if (missing === null) console.log(JSON.stringify(await measureAll(), null, 2));
else {
  console.error(missing);
  process.exitCode = 1;
}

async function measureAll(): Promise<unknown> {
  mkdirSync(resolve(root, options.directory), { recursive: true });
  const directory = mkdtempSync(resolve(root, options.directory, "bench-redis-"));
  const loadBefore = loadavg()[0];
  const group = await ourGroup({
    directory: join(directory, "flotilla"),
    profiles: options.profiles,
    // As etcd's: a leader that ends because the machine does other things too is not what is measured.
    environment: { FLOTILLA_ELECTION_TICKS: "200" },
  });
  const etcd = new EtcdGroup(directory, await freePorts(3));
  const [ports] = await freePorts(1);
  const redis = await RedisProcess.start(directory, ports?.redis ?? 0, ["--appendonly", "yes", "--appendfsync", "always"]);
  try {
    group.start();
    if (beside.includes("etcd")) etcd.start();
    const ours = doorOf(
      async () => portOfLeader(group),
      () => group.replicas.map(({ pid }) => pid),
    );
    const others: Readonly<Record<Beside, Contender>> = {
      redis: doorOf(
        () => Promise.resolve(String(redis.port)),
        () => [redis.pid],
      ),
      etcd: byGrpc(etcd),
    };
    const cases: unknown[] = [];
    for (const each of CASES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      cases.push(await measureCase(each, ours, others));
      console.error(JSON.stringify(cases.at(-1)));
    }
    return {
      machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, loadBefore, loadAfter: loadavg()[0] },
      ...{ redis: redisVersion(), etcd: etcdVersion(), connections: CONNECTIONS, keys: KEYS, valueBytes: VALUE_BYTES, seconds, rounds },
      cases,
    };
  } finally {
    redis.stop();
    await Promise.all([etcd.stop(), group.stop(5_000)]);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Everybody once in each round; who begins changes from one to the next. */
async function measureCase(each: Case, ours: Contender, others: Readonly<Record<Beside, Contender>>): Promise<unknown> {
  const contenders = [ours, ...beside.map((name) => others[name])];
  for (const contender of contenders) await contender.warmUp(each);
  const pairs: Record<Beside, Pair[]> = { redis: [], etcd: [] };
  for (let round = 0; round < rounds; round++) {
    const measured = new Map<Contender, Measured>();
    const order = round % 2 === 0 ? contenders : [...contenders].reverse();
    for (const contender of order) measured.set(contender, await contender.measure(each, seconds));
    for (const name of beside) pairs[name].push({ ours: measured.get(ours) as Measured, theirs: measured.get(others[name]) as Measured });
  }
  const compared = Object.fromEntries(beside.map((name) => [name, compare(pairs[name])]));
  const { redis } = compared;
  const holds = redis === undefined ? null : redis.ours.errors === 0 && redis.theirs.errors === 0 && redis.perSecondRatio >= each.bar;
  return { ...each, beside: compared, holds };
}

/** A store that speaks the Redis protocol. */
function doorOf(port: () => Promise<string>, pids: () => readonly (number | null | undefined)[]): Contender {
  const perSecond = new Map<string, number>();
  const atLeader = async <T>(work: (at: string) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++)
      try {
        return await work(await port());
      } catch (error) {
        // Somebody else leads by now: then nothing was measured.
        if (attempt === ATTEMPTS_MAX || !String(error).includes("Error from server")) throw error;
      }
  };
  const run = ({ kind, pipeline }: Case, requests: number): Promise<Measured> =>
    atLeader((at) => runRedisBenchmark({ kind, pipeline, connections: CONNECTIONS, requests, port: at, pids: pids() }));
  return {
    warmUp: async (each) => {
      // Every key is to be there before any is read.
      await atLeader(fillKeys);
      await run(each, WARM_UP_REQUESTS);
      perSecond.set(each.name, (await run(each, WARM_UP_REQUESTS)).perSecond);
    },
    measure: (each, duration) => run(each, Math.ceil((perSecond.get(each.name) ?? WARM_UP_REQUESTS) * duration)),
  };
}

function byGrpc(etcd: EtcdGroup): Contender {
  const run = async ({ kind, pipeline }: Case, duration: number): Promise<Measured> =>
    runH2load({ kind, pipeline, connections: CONNECTIONS, seconds: duration, target: await etcd.untilLeader(), pids: etcd.pids });
  return {
    warmUp: async (each) => {
      await run({ ...each, kind: "write" }, 1);
      await run(each, 1);
    },
    measure: run,
  };
}

async function portOfLeader(group: LocalGroup): Promise<string> {
  const { ordinal } = await group.untilLeader(LEADER_DEADLINE_MS);
  return group.replica(ordinal).redisAddress.split(":")[1] ?? "";
}
