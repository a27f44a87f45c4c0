// Tries every mutant against what should catch it. Everything is tried on the source as it is first: a catcher that
// fails there, or does not run, proves nothing about a mutant.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MutantCompiler } from "./compile.ts";
import type { Catcher, Mutant } from "./mutant.ts";
import { rewrite } from "./mutant.ts";
import type { Verdict } from "./try-catcher.ts";
import { nameOf, tryCatcher } from "./try-catcher.ts";

const BASELINE_DEADLINE_MS = 300_000;

export type CampaignOptions = {
  /** The first catcher that catches a mutant is enough; otherwise all are tried, to see which are good enough. */
  readonly firstIsEnough: boolean;
  readonly budgetMs: number;
  readonly atOnce: number;
};

export type Row = {
  readonly mutant: Mutant;
  readonly caughtBy: readonly string[];
  readonly missedBy: readonly string[];
  /** Why nothing can be said about this mutant. */
  readonly error: string | null;
};

export const isCaught = ({ caughtBy, error }: Row): boolean => caughtBy.length > 0 && error === null;

export async function runCampaign(mutants: readonly Mutant[], options: CampaignOptions): Promise<readonly Row[]> {
  const deadline = performance.now() + options.budgetMs;
  const compiler = new MutantCompiler();
  const unfit = mutants.map((mutant) => whyUnfit(mutant, compiler));
  const catchers = distinctCatchers(mutants);
  const tried = await inParallel(catchers, options.atOnce, tryBaseline);
  const baselines = new Map(catchers.map((catcher, i) => [keyOf(catcher), tried[i] as Baseline]));
  return inParallel(mutants, options.atOnce, async (mutant, i) => {
    const why = unfit[i] ?? null;
    if (why !== null) return { mutant, caughtBy: [], missedBy: [], error: why };
    return tryMutant(mutant, { firstIsEnough: options.firstIsEnough, deadline, baselines });
  });
}

/** How a catcher did on the source as it is, and how long that took. */
type Baseline = { readonly verdict: Verdict; readonly tookMs: number };

async function tryBaseline(catcher: Catcher): Promise<Baseline> {
  const startedMs = performance.now();
  const verdict = await tryCatcher(catcher, { mutant: null, deadlineMs: BASELINE_DEADLINE_MS });
  return { verdict, tookMs: performance.now() - startedMs };
}

type Trials = { readonly firstIsEnough: boolean; readonly deadline: number; readonly baselines: ReadonlyMap<string, Baseline> };

async function tryMutant(mutant: Mutant, { firstIsEnough, deadline, baselines }: Trials): Promise<Row> {
  const caughtBy: string[] = [];
  const missedBy: string[] = [];
  const endWith = (error: string | null): Row => ({ mutant, caughtBy, missedBy, error });
  for (const catcher of mutant.caughtBy) {
    if (performance.now() > deadline) return endWith("the time for all mutants together is used up");
    const baseline = baselines.get(keyOf(catcher));
    if (baseline?.verdict.kind !== "passed")
      return endWith(`${nameOf(catcher)} does not pass on the source as it is: ${describe(baseline?.verdict)}`);
    // Generous: a machine that happens to be busy has caught nothing.
    const verdict = await tryCatcher(catcher, { mutant, deadlineMs: 20_000 + 5 * baseline.tookMs });
    if (verdict.kind === "broken") return endWith(verdict.why);
    if (verdict.kind === "caught") caughtBy.push(verdict.how);
    else missedBy.push(nameOf(catcher));
    if (firstIsEnough && verdict.kind === "caught") break;
  }
  return endWith(null);
}

/** A rewrite fits its source exactly once, changes it, and leaves a program. */
function whyUnfit(mutant: Mutant, compiler: MutantCompiler): string | null {
  const source = readFileSync(join(import.meta.dirname, "../..", mutant.file), "utf8");
  const changed = rewrite(source, mutant);
  if (changed === null) return `does not apply exactly once to ${mutant.file}`;
  if (changed === source) return "changes nothing";
  const complaints = compiler.complaints(mutant.file, changed);
  return complaints.length === 0 ? null : `is no program: ${complaints.join("; ")}`;
}

/** Of the simulations only the longest: it has all the seeds of the others. */
function distinctCatchers(mutants: readonly Mutant[]): readonly Catcher[] {
  const byKey = new Map<string, Catcher>();
  for (const catcher of mutants.flatMap(({ caughtBy }) => caughtBy)) {
    const known = byKey.get(keyOf(catcher));
    if (known?.kind === "simulation" && catcher.kind === "simulation" && known.seeds >= catcher.seeds) continue;
    byKey.set(keyOf(catcher), catcher);
  }
  return [...byKey.values()];
}

function keyOf(catcher: Catcher): string {
  return catcher.kind === "simulation" ? "simulation" : nameOf(catcher);
}

function describe(verdict: Verdict | undefined): string {
  if (verdict === undefined) return "it was not tried";
  return verdict.kind === "broken" ? verdict.why : verdict.kind;
}

async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i] as T, i);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
