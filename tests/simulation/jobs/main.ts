// `node tests/simulation/jobs/main.ts FROM COUNT [reuse]`: many seeds of the world of jobs; a failing one is named, and replays alone.
import { runJobs } from "./jobs-world.ts";

const [from = 1, count = 100] = process.argv.slice(2, 4).map(Number);
const isReusing = process.argv[4] === "reuse";
let failed = 0;
const sums = { takeovers: 0, started: 0, simulatedMs: 0 };
for (let seed = from; seed < from + count; seed++) {
  try {
    const { takeovers, started, simulatedMs } = runJobs(seed, { isReusing });
    sums.takeovers += takeovers;
    sums.started += started;
    sums.simulatedMs += simulatedMs;
  } catch (error) {
    failed++;
    console.log(`seed ${seed}: ${error instanceof Error ? (error.name === "Violation" ? error.message : error.stack) : String(error)}`);
  }
}
console.log(JSON.stringify({ seeds: count, failed, ...sums }));
process.exitCode = failed === 0 ? 0 : 1;
