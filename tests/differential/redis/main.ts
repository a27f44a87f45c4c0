// `make redis-diff`: 200,000 random commands to a real redis-server and to our door: in this process, or, by `--members 3`, the leader of
// such a group of processes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LocalGroup } from "../../../client/cli/local-group.ts";
import { freePorts } from "../../integration/free-ports.ts";
import { productOf } from "../../integration/bundled.ts";
import { compare, NAMES, newTally } from "./comparison.ts";
import { RedisProcess, redisVersion } from "./redis-process.ts";
import { IN_PROCESS, storeAt } from "./stores.ts";

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "200000" },
    seed: { type: "string" },
    port: { type: "string", default: "17999" },
    members: { type: "string", default: "0" },
  },
});
const RUNS_AT_ONCE = 200;
const EACH_AT_LEAST = 500;
const wanted = Number(values.commands);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const directory = mkdtempSync(join(tmpdir(), "redis-diff-"));
const redis = await RedisProcess.start(directory, Number(values.port));
const tally = newTally();
const group = await membersIn(join(directory, "members"), Number(values.members));
console.log(`redis-server ${redisVersion()}, seed ${seed}`);
try {
  for (let round = 0; tally.commands < wanted; round++) {
    const processes = group === null ? null : await storeAt(await portOfLeader(group));
    await compare(redis.port, { store: processes ?? IN_PROCESS, runs: RUNS_AT_ONCE, seed: seed + round, tally });
    processes?.close();
  }
  const least = Math.min(...NAMES.map((name) => tally.byName.get(name) ?? 0));
  console.log(`${tally.commands} commands, each at least ${least} times: the same replies`);
  for (const [why, count] of tally.excepted) console.log(`  but for ${count}: ${why}`);
  if (wanted >= 200_000 && least < EACH_AT_LEAST) throw new Error(`a command was tried only ${least} times`);
} finally {
  redis.stop();
  await group?.stop(10_000);
  rmSync(directory, { recursive: true, force: true });
}

async function membersIn(directory: string, members: number): Promise<LocalGroup | null> {
  if (members === 0) return null;
  const group = new LocalGroup({ directory, ports: await freePorts(members), program: [productOf("replica")], environment: process.env });
  group.start();
  return group;
}

async function portOfLeader(group: LocalGroup): Promise<number> {
  const { ordinal } = await group.untilLeader(60_000);
  return Number(group.replica(ordinal).redisAddress.split(":")[1]);
}
