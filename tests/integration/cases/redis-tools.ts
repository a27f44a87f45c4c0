// The Redis door and what comes with Redis itself: redis-cli and redis-benchmark work as with any cluster; random commands get the
// replies that a real redis-server gives; broken requests harm nobody. Needs the Debian packages redis-server and redis-tools.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { compare, newTally } from "../../differential/redis/comparison.ts";
import { hasRedis, RedisProcess } from "../../differential/redis/redis-process.ts";
import type { ComparedStore } from "../../differential/redis/stores.ts";
import { IN_PROCESS, storeAt } from "../../differential/redis/stores.ts";
import { fuzz, RESIDENT_MIB_MAX } from "../../fuzz/redis/fuzzing.ts";
import { freePorts } from "../free-ports.ts";
import type { RedisClient } from "../redis/clients.ts";
import { SINGLE_CLIENTS } from "../redis/clients.ts";
import { checkCommandLineWorks, isInOrder, redisCli } from "../redis/command-line.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, sleep } from "../test-case.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
const COMPARED = { bounded: 300, long: 4_000 };
const PROCESSES_ARE_SLOWER = 10;
const FUZZED_S = { bounded: 5, long: 600 };
const REQUESTS = 2_000;

export const redisTools: TestCase = {
  name: "redis-cli and redis-benchmark, the replies of a real redis-server, and broken requests",
  run: async (context) => {
    if (!hasRedis()) {
      check(process.env["CI"] !== "true", "redis-server and redis-tools are installed");
      return context.say("left out: it needs the Debian packages redis-server and redis-tools");
    }
    await sameReplies(context, IN_PROCESS);
    const cluster = await ShardedCluster.create({ directory: context.directory, controllers: 1, groups: { 1: 1, 2: 1 } });
    try {
      const [single] = (await freePorts(1)).map(({ redis }) => redis);
      cluster.group("1")[0]?.start({ environment: { FLOTILLA_REDIS_SINGLE_PORT: String(single) } });
      await cluster.startAndServe();
      const ports = ["1", "2"].map((group) => cluster.group(group)[0]?.redisAddress.split(":")[1] ?? "");
      await commandLine(ports);
      const processes = await storeAt(single ?? 0);
      await sameReplies(context, processes);
      processes.close();
      for (const kind of SINGLE_CLIENTS) await singleEndpoint(await kind.connect(`127.0.0.1:${single ?? 0}`));
      await benchmark(ports, String(single ?? 0));
      await keysOfAllGroups(ports, single ?? 0);
      const [attacked] = cluster.group("1");
      const { pid } = attacked ?? {};
      const random = context.random.child("fuzz");
      const fuzzed = await fuzz({ port: Number(ports[0]), pid: pid ?? 0, seconds: FUZZED_S[context.scale], random });
      check(attacked?.pid === pid && fuzzed.worked > 0, "a process that gets broken requests goes on");
      const memory = `${fuzzed.residentMib.toFixed(0)} MiB`;
      check(fuzzed.residentMib > 0 && fuzzed.residentMib < RESIDENT_MIB_MAX, `a process that gets broken requests takes ${memory} at most`);
      context.say(
        `${fuzzed.connections} connections with broken requests; one that behaves worked ${fuzzed.worked} times meanwhile, ${fuzzed.slowestMs.toFixed(0)} ms at most; ${memory} resident at most`,
      );
    } finally {
      await cluster.stop();
    }
    if (context.scale === "long") await benchmarkThroughDeath(context);
  },
};

async function sameReplies({ directory, scale, random, say }: CaseContext, store: ComparedStore): Promise<void> {
  const [ports] = await freePorts(1);
  // Its members speak to each other 10,000 above.
  const redis = await RedisProcess.start(directory, ports?.redis ?? 0);
  const tally = newTally();
  try {
    await compare(redis.port, {
      store,
      runs: COMPARED[scale] / (store === IN_PROCESS ? 1 : PROCESSES_ARE_SLOWER),
      seed: random.between(1, 2 ** 31 - 1),
      tally,
    });
  } finally {
    redis.stop();
  }
  say(
    `${tally.commands} random commands had the replies of redis-server${store === IN_PROCESS ? "" : ", through the single endpoint of two groups"}`,
  );
}

async function commandLine(ports: readonly string[]): Promise<void> {
  const at = ["-p", ports[0] ?? ""];
  for (const key of ["a", "b", "c", "foo", "bar"]) {
    check((await redisCli("-c", ...at, "SET", key, `value of ${key}`)) === "OK", `redis-cli -c SET ${key}`);
    check((await redisCli("-c", "-3", ...at, "GET", key)) === `value of ${key}`, `redis-cli -c -3 GET ${key}`);
  }
  const checked = await redisCli("--cluster", "check", `127.0.0.1:${ports[0] ?? ""}`);
  check(isInOrder(checked), `redis-cli --cluster check: ${checked}`);
  const info = await redisCli("--cluster", "info", `127.0.0.1:${ports[1] ?? ""}`);
  check(info.includes("keys in 2 masters"), `redis-cli --cluster info: ${info}`);
}

/** Keys of both groups, by a client that knows one address. */
async function singleEndpoint(client: RedisClient): Promise<void> {
  const keys = Array.from({ length: 100 }, (_, n) => `${client.name}:${n}`);
  const written = await Promise.all(keys.flatMap((key) => [client.set(key, "1"), client.increment(key), client.get(key)]));
  check(
    written.every((each, i) => each === (i % 3 === 0 ? "OK" : i % 3 === 1 ? 2 : "2")),
    `${client.name}: a pipeline over both groups, each slot in its order`,
  );
  for (const key of keys.slice(0, 6)) check((await client.setAndGet(key, "x"))[1] === "x", `${client.name}: MULTI of ${key}`);
  await client.close();
}

/** A port for clients that know one address shows them one store. */
async function keysOfAllGroups(ports: readonly string[], single: number): Promise<void> {
  const sizes = await Promise.all(ports.map((port) => redisCli("-p", port, "DBSIZE")));
  const size = sizes.map(Number).reduce((sum, each) => sum + each);
  const at = ["-p", String(single)];
  const [whole, scanned, keys] = [await redisCli(...at, "DBSIZE"), await redisCli(...at, "--scan"), await redisCli(...at, "KEYS", "*")];
  const [scannedKeys, allKeys] = [scanned.split("\n").sort(), keys.split("\n").sort()];
  check(
    Number(whole) === size && scannedKeys.length === size && scannedKeys.join() === allKeys.join(),
    `the single endpoint shows all ${size} keys: DBSIZE ${whole}, SCAN ${scannedKeys.length}, KEYS ${allKeys.length}`,
  );
}

/** It shows figures even if every reply is an error: how many there were is asked of the members, and what it wrote is looked at. */
async function benchmark(ports: readonly string[], single: string): Promise<void> {
  const common = ["-q", "-n", String(REQUESTS), "-c", "8", "-d", "10", "-r", "100", "-t", "set,get,incr"];
  const errorsBefore = await errorReplies(ports);
  await run("redis-benchmark", [...common, "-p", ports[0] ?? "", "-P", "8", "--cluster"], { timeout: TIMEOUT_MS });
  const sizes = await Promise.all(ports.map((port) => redisCli("-p", port, "DBSIZE")));
  check(Math.min(...sizes.map(Number)) > 50, `redis-benchmark --cluster wrote to both groups: ${sizes.join(" and ")} keys`);
  // Without it, a client knows one address.
  const countOf = async (): Promise<number> => Number(await redisCli("-c", "-p", single, "GET", COUNTER));
  for (const pipeline of ["1", "16"]) {
    const before = await countOf();
    await run("redis-benchmark", [...common, "-p", single, "-P", pipeline], { timeout: TIMEOUT_MS });
    check((await countOf()) > before, `redis-benchmark -P ${pipeline} at the single endpoint counted`);
  }
  const errors = (await errorReplies(ports)) - errorsBefore;
  check(errors === 0, `redis-benchmark got ${errors} errors`);
}

/** So many that a leader dies among them; and when, and for how long. */
const THROUGH_DEATH = { requests: 20_000, afterMs: 3_000, forMs: 1_500 };

/** It may end with an error, as nobody's data depends on it; which it is told. */
async function benchmarkThroughDeath({ directory, say }: CaseContext): Promise<void> {
  const groups = { 1: 3, 2: 3 };
  const cluster = await ShardedCluster.create({ directory: join(directory, "through-death"), controllers: 1, groups });
  try {
    await cluster.startAndServe();
    const port = cluster.group("2")[0]?.redisAddress.split(":")[1] ?? "";
    const options = ["-q", "-n", String(THROUGH_DEATH.requests), "-c", "8", "-d", "10", "-r", "100", "-t", "set", "-p", port, "--cluster"];
    const ended = run("redis-benchmark", options, { timeout: TIMEOUT_MS }).then(
      ({ stdout }) => `ends well: ${lastLineOf(stdout)}`,
      (error: unknown) => `ends with an error: ${lastLineOf((error as { stderr?: string }).stderr ?? "")}`,
    );
    await sleep(THROUGH_DEATH.afterMs);
    const leader = await cluster.untilLeader("1");
    leader.signal("SIGKILL");
    await leader.exit;
    await sleep(THROUGH_DEATH.forMs);
    cluster.start([leader]);
    say(`redis-benchmark --cluster through the death of a leader ${await ended}`);
    await cluster.untilWhole("1", 30_000);
    await checkCommandLineWorks(port, ["a", "b", "c"], "after it");
  } finally {
    await cluster.stop();
  }
}

const lastLineOf = (text: string): string =>
  text
    .trim()
    .split(/[\r\n]+/)
    .at(-1) ?? "";

/** One of the keys of its INCR, each of which it chooses twenty times. */
const COUNTER = "counter:000000000007";

async function errorReplies(ports: readonly string[]): Promise<number> {
  const infos = await Promise.all(ports.map((port) => redisCli("-p", port, "INFO", "stats")));
  return infos.reduce((sum, info) => sum + Number(/total_error_replies:(\d+)/.exec(info)?.[1]), 0);
}
