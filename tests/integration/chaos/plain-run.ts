// `flotilla chaos run` as a person types it, on a cluster of two groups of three members, whose processes are of one build:
// they are started by the product's own launcher, with the rewrite loaded in front of each of its programs.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { DEFAULT_SIZE } from "../../../client/cli/local/local-plan.ts";
import { COMMAND_LINE, PROGRAMS } from "../../../client/cli/local/programs.ts";
import { startCluster } from "../../../client/cli/local/start-cluster.ts";
import { paintFor } from "../../../client/cli/terminal.ts";
import type { Check, Verdict } from "../../../client/cli/chaos/verdict.ts";
import { MUTANT_VARIABLE } from "../../mutants/mutant.ts";
import { freePortRange } from "../free-ports.ts";
import { FAST_STARTS } from "../test-cluster.ts";
import type { Build } from "./broken-builds.ts";

const LOADER = join(import.meta.dirname, "../../mutants/loader.ts");
const REPLICA = join(import.meta.dirname, "replica-on-test-files.ts");
const PORTS = 400;
const END_MS = 5_000;

export type PlainRun = {
  readonly verdict: Verdict;
  readonly seed: number;
  readonly exitCode: number | null;
  readonly checks: readonly Check[];
  /** That struck somebody. */
  readonly faults: readonly { readonly fault: string; readonly role: string; readonly fromMs: number }[];
};

export type PlainOptions = { readonly directory: string; readonly seed: number; readonly durationMs: number };

export async function plainRunOn(
  { layer, mutant, beside: { controllers, coordinators, workers } }: Build,
  { directory, seed, durationMs }: PlainOptions,
): Promise<PlainRun> {
  mkdirSync(directory, { recursive: true });
  const loaded = (program: readonly string[]): readonly string[] => (mutant === null ? program : ["--import", LOADER, ...program]);
  const rewrite = mutant === null ? {} : { [MUTANT_VARIABLE]: JSON.stringify(mutant) };
  const started = await startCluster({
    directory,
    size: { controllers, coordinators, workers },
    defaultSize: DEFAULT_SIZE,
    port: await freePortRange(PORTS),
    defaultPort: 0,
    programs: {
      ...PROGRAMS,
      replica: loaded(layer === "product" ? PROGRAMS.replica : [REPLICA]),
      "shard-controller": loaded(PROGRAMS["shard-controller"]),
    },
    environment: { ...process.env, ...FAST_STARTS, ...rewrite, TEST_LAYER: layer },
    restarts: true,
    tell: () => undefined,
    endMs: END_MS,
    paint: paintFor(process.stderr),
    progress: () => undefined,
  });
  if (started === null) throw new Error("the cluster was ended before it served");
  try {
    const seconds = `${durationMs / 1_000}s`;
    const words = ["chaos", "run", "--duration", seconds, "--seed", String(seed), "--data", directory, "--json", "--yes"];
    const log = join(directory, "chaos.log");
    const run = spawn(process.execPath, [COMMAND_LINE, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...FAST_STARTS },
    });
    run.stderr.pipe(createWriteStream(log));
    const ended = new Promise<number | null>((resolve) => run.once("close", resolve));
    const [said, exitCode] = await Promise.all([text(run.stdout), ended]);
    if (said.trim() === "") throw new Error(`no verdict, and exit code ${String(exitCode)}: ${readFileSync(log, "utf8").slice(-2_000)}`);
    const { verdict, checks, faults } = JSON.parse(said) as Omit<PlainRun, "exitCode" | "faults"> & {
      readonly faults: readonly (PlainRun["faults"][number] & { readonly target: string | null })[];
    };
    return { verdict, seed, exitCode, checks, faults: faults.filter(({ target }) => target !== null) };
  } finally {
    await started.ending.end(0);
  }
}

/** What was struck, and what did not pass, with the reason for each. */
export function summaryOf({ verdict, exitCode, checks, faults, seed }: PlainRun): string {
  const told = checks
    .filter((each) => each.verdict !== "passed")
    .map((each) => `${each.name} (${each.verdict}): ${each.message.slice(0, 300)}`);
  const last = faults.at(-1);
  const until = last === undefined ? "" : `, the last ${last.fault} of a ${last.role} after ${Math.round(last.fromMs / 1_000)} s`;
  return [`${verdict}, exit code ${String(exitCode)}, seed ${seed}, ${faults.length} faults${until}`, ...told].join("; ");
}
