// Chaos on a cluster whose processes are of one build: started by the product's own launcher, with the rewrite loaded in front of
// each of its programs.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openLocalCluster } from "../../../client/cli/chaos/local-cluster.ts";
import type { ChaosResult } from "../../../client/cli/chaos/run.ts";
import { runChaos } from "../../../client/cli/chaos/run.ts";
import { PROGRAMS } from "../../../client/cli/local/programs.ts";
import { startCluster } from "../../../client/cli/local/start-cluster.ts";
import { paintFor } from "../../../client/cli/terminal.ts";
import { MUTANT_VARIABLE } from "../../mutants/mutant.ts";
import { setTrouble } from "../controlled-files.ts";
import { freePortRange } from "../free-ports.ts";
import { FAST_STARTS } from "../test-cluster.ts";
import type { Build } from "./broken-builds.ts";

const LOADER = join(import.meta.dirname, "../../mutants/loader.ts");
const REPLICA = join(import.meta.dirname, "replica-on-test-files.ts");
const PORTS = 400;
/** Less than an election takes to be given up, and long enough that what was begun can be cut short. */
const SLOW_SYNC_MS = 250;
const END_MS = 5_000;
const LIMITS = { answerMs: 60_000, serveMs: 10_000, wholeMs: 30_000 };

export type BuildRun = { readonly directory: string; readonly seed: number; readonly durationMs: number };

export async function chaosOnBuild(build: Build, { directory, seed, durationMs }: BuildRun): Promise<ChaosResult> {
  const { layer, mutant, groups, replicas, faults, roles, mayTakeQuorum } = build;
  mkdirSync(directory, { recursive: true });
  if (layer === "slow") setTrouble(join(directory, "disk.json"), { syncDelayMs: SLOW_SYNC_MS });
  const loaded = (program: readonly string[]): readonly string[] => (mutant === null ? program : ["--import", LOADER, ...program]);
  const rewrite = mutant === null ? {} : { [MUTANT_VARIABLE]: JSON.stringify(mutant) };
  const started = await startCluster({
    directory,
    size: { groups, replicas, controllers: 1, coordinators: 0, workers: 0 },
    defaultSize: { groups, replicas, controllers: 1, coordinators: 0, workers: 0 },
    port: await freePortRange(PORTS),
    defaultPort: 0,
    programs: { ...PROGRAMS, replica: loaded(layer === "product" ? PROGRAMS.replica : [REPLICA]) },
    environment: { ...process.env, ...FAST_STARTS, ...rewrite, TEST_LAYER: layer },
    restarts: true,
    tell: () => undefined,
    endMs: END_MS,
    paint: paintFor(process.stderr),
    progress: () => undefined,
  });
  if (started === null) throw new Error("the cluster was ended before it served");
  const cluster = await openLocalCluster(directory);
  try {
    return await runChaos({
      ...{ cluster, seed, durationMs, limits: LIMITS, prefix: "chaos" },
      allowed: { faults, roles, acts: cluster.injector.acts, mayTakeQuorum },
      isInterrupted: () => false,
      ...{ onFault: () => undefined, onRecord: () => undefined, say: () => undefined },
    });
  } finally {
    await cluster.close();
    await started.ending.end(0);
  }
}
