// `node tests/simulation/shards/main.ts FROM COUNT`: many seeds of the world of shards; a failing one is named, and replays alone.
import { DEMANDED_FROM, EFFECT_NAMES, neverHappened, noEffects } from "./counters.ts";
import { runShards } from "./shards-world.ts";

const [from = 1, count = 100] = process.argv.slice(2, 4).map(Number);
const effects = noEffects();
let failed = 0;
let operations = 0;
for (let seed = from; seed < from + count; seed++) {
  try {
    const result = runShards(seed);
    operations += result.operations;
    for (const name of EFFECT_NAMES) effects[name] += result.effects[name];
  } catch (error) {
    failed++;
    console.log(`seed ${seed}: ${error instanceof Error ? (error.name === "Violation" ? error.message : error.stack) : String(error)}`);
  }
}
for (const name of EFFECT_NAMES) console.log(`${name.padEnd(48)} ${String(effects[name]).padStart(8)}`);
const missing = count >= DEMANDED_FROM ? neverHappened(effects) : [];
for (const name of missing) console.log(`it never happened: ${name}`);
console.log(JSON.stringify({ seeds: count, failed, operations }));
process.exitCode = failed === 0 && missing.length === 0 ? 0 : 1;
