// A group that nobody asks anything, on a machine whose other core is busy: nobody stands for election, and each member
// takes next to nothing of its core.
import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { countsByReason } from "../process-figures.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, sleep } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const IDLE_MS = { bounded: 15_000, long: 600_000 };
/**
 * The same work is charged two to four times as much while the machine is slow for whoever changes threads, as it is for minutes at a
 * time. The least of these is nearest to what the members take; that nobody stands for election is looked at in each.
 */
const SPANS_MAX = { bounded: 4, long: 1 };
const CPU_SHARE_MAX = 0.03;
/** What starting left to do: above all, code that runs for the first time is still being compiled. */
const SETTLE_MS = 40_000;
const QUIET_MS = 1_000;

export const idle: TestCase = {
  name: "an idle group elects nobody and takes next to no time",
  measures: true,
  settles: true,
  run: async ({ directory, scale, say, quiet, measured }: CaseContext) => {
    const cluster = await TestCluster.create({ directory });
    let busy: ChildProcess | null = null;
    try {
      cluster.startAll();
      await cluster.untilWhole();
      await sleep(SETTLE_MS);
      await quiet;
      // A moment for what the cases before it have left: they end their processes, and files are deleted.
      await sleep(QUIET_MS);
      busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
      let largest = Infinity;
      for (let span = 0; span < SPANS_MAX[scale] && largest >= CPU_SHARE_MAX; span++) {
        const { passedMs, began, shares } = await idleSpan(cluster, IDLE_MS[scale]);
        say(
          `${Math.round(passedMs / 1_000)} s: ${began} elections, ${shares.map((share) => `${(100 * share).toFixed(2)} %`).join(", ")} of a core`,
        );
        check(began === 0, `nobody stands for election, but there were ${began}`);
        largest = Math.min(largest, Math.max(...shares));
      }
      measured();
      check(busy.exitCode === null && busy.signalCode === null, "the machine's other core was busy all the time");
      check(largest < CPU_SHARE_MAX, `each member takes less than ${100 * CPU_SHARE_MAX} % of a core`);
      cluster.checkNobodyEnded();
    } finally {
      busy?.kill("SIGKILL");
      await cluster.stop();
    }
  },
};

type IdleSpan = { readonly passedMs: number; readonly began: number; readonly shares: readonly number[] };

async function idleSpan(cluster: TestCluster, ms: number): Promise<IdleSpan> {
  const [elections, cpu] = [await electionsIn(cluster), cpuOf(cluster)];
  const startMs = performance.now();
  await sleep(ms);
  const passedMs = performance.now() - startMs;
  const shares = cpuOf(cluster).map((now, i) => (now - (cpu[i] ?? 0)) / passedMs);
  return { passedMs, began: (await electionsIn(cluster)) - elections, shares };
}

async function electionsIn(cluster: TestCluster): Promise<number> {
  const counts = await Promise.all(cluster.group.replicas.map((member) => countsByReason(member, "flotilla_raft_elections_total")));
  return counts.flatMap((byReason) => [...byReason.values()]).reduce((sum, count) => sum + count, 0);
}

/** Milliseconds of processor time of each member so far, from the operating system. */
function cpuOf(cluster: TestCluster): readonly number[] {
  const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return cluster.group.replicas.map(({ pid }) => {
    const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const [user, system] = [Number(afterName[11]), Number(afterName[12])];
    return ((user + system) / ticksPerSecond) * 1_000;
  });
}
