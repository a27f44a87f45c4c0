// `make redis-diff`: 200,000 random commands to a real redis-server and to our door.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compare, NAMES, newTally } from "./comparison.ts";
import { RedisProcess, redisVersion } from "./redis-process.ts";

const { values } = parseArgs({
  options: { commands: { type: "string", default: "200000" }, seed: { type: "string" }, port: { type: "string", default: "17999" } },
});
const RUNS_AT_ONCE = 200;
const EACH_AT_LEAST = 500;
const wanted = Number(values.commands);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const directory = mkdtempSync(join(tmpdir(), "redis-diff-"));
const redis = await RedisProcess.start(directory, Number(values.port));
const tally = newTally();
console.log(`redis-server ${redisVersion()}, seed ${seed}`);
try {
  for (let round = 0; tally.commands < wanted; round++) await compare(redis.port, { runs: RUNS_AT_ONCE, seed: seed + round, tally });
  const least = Math.min(...NAMES.map((name) => tally.byName.get(name) ?? 0));
  console.log(`${tally.commands} commands, each at least ${least} times: the same replies`);
  for (const [why, count] of tally.excepted) console.log(`  but for ${count}: ${why}`);
  if (wanted >= 200_000 && least < EACH_AT_LEAST) throw new Error(`a command was tried only ${least} times`);
} finally {
  redis.stop();
  rmSync(directory, { recursive: true, force: true });
}
