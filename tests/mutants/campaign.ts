// Tries every mutant against what should catch it. Everything is tried on the source as it is first: a catcher that
// fails there, or does not run, proves nothing about a mutant.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { complaintsOf } from "./compile-thread.ts";
import { inParallel } from "./in-parallel.ts";
import { knownTests } from "./known-tests.ts";
import type { Catcher, KnownTest, Mutant } from "./mutant.ts";
import { rewrite } from "./mutant.ts";
import type { Verdict } from "./try-catcher.ts";
import { TestProcesses } from "./test-processes.ts";
import { nameOf, tryCatcher, tryTest } from "./try-catcher.ts";

const BASELINE_DEADLINE_MS = 300_000;
/** One test takes a second or two; one that hangs has caught the mutant. */
const KNOWN_TEST_DEADLINE_MS = 60_000;

export type CampaignOptions = {
  /** The first catcher that catches a mutant is enough; otherwise all are tried, to see which are good enough. */
  readonly firstIsEnough: boolean;
  readonly budgetMs: number;
  readonly atOnce: number;
  /** Begin with the one test that is known to catch a mutant. */
  readonly usesKnownTests: boolean;
};

export type Row = {
  readonly mutant: Mutant;
  readonly caughtBy: readonly string[];
  readonly missedBy: readonly string[];
  /** Why nothing can be said about this mutant. */
  readonly error: string | null;
  /** The test that caught it, where it was one. */
  readonly test: KnownTest | null;
};

export const isCaught = ({ caughtBy, error }: Row): boolean => caughtBy.length > 0 && error === null;

export async function runCampaign(mutants: readonly Mutant[], options: CampaignOptions): Promise<readonly Row[]> {
  const { atOnce, firstIsEnough } = options;
  const deadline = performance.now() + options.budgetMs;
  const edits = mutants.map(editOf);
  const complaints = complaintsOf(edits.map(({ file, text, source }) => ({ file, text: text ?? source })));
  const processes = new TestProcesses();
  try {
    const known = options.usesKnownTests
      ? await knownTests(mutants, { processes, atOnce, deadlineMs: BASELINE_DEADLINE_MS })
      : new Map<string, KnownTest>();
    const trials = { firstIsEnough, deadline, baselines: new Baselines(mutants) };
    const rows = await inParallel(mutants, atOnce, async (mutant, i) => {
      const trial = new MutantTrial(mutant);
      const why = whyNone(edits[i] as Applied);
      if (why !== null) return trial.end(why);
      const test = known.get(mutant.name);
      if (test !== undefined && (await trial.isCaughtBy(test, processes))) return trial.end(null);
      return tryMutant(trial, trials);
    });
    // The compiler has worked meanwhile. Of what is no program, nothing that was found means anything.
    return (await complaints).map((found, i) => withComplaints(rows[i] as Row, found));
  } finally {
    processes.end();
  }
}

/** How a catcher did on the source as it is, and how long that took. */
type Baseline = { readonly verdict: Verdict; readonly tookMs: number };

/** Each is tried once, when it is needed. */
class Baselines {
  readonly #catchers: ReadonlyMap<string, Catcher>;
  readonly #tried = new Map<string, Promise<Baseline>>();

  constructor(mutants: readonly Mutant[]) {
    this.#catchers = new Map(distinctCatchers(mutants).map((catcher) => [keyOf(catcher), catcher]));
  }

  of(catcher: Catcher): Promise<Baseline> {
    const key = keyOf(catcher);
    const tried = this.#tried.get(key) ?? tryBaseline(this.#catchers.get(key) ?? catcher);
    this.#tried.set(key, tried);
    return tried;
  }
}

async function tryBaseline(catcher: Catcher): Promise<Baseline> {
  const startedMs = performance.now();
  const verdict = await tryCatcher(catcher, { mutant: null, deadlineMs: BASELINE_DEADLINE_MS });
  return { verdict, tookMs: performance.now() - startedMs };
}

type Trials = { readonly firstIsEnough: boolean; readonly deadline: number; readonly baselines: Baselines };

/** One mutant, and what was found about it so far. */
class MutantTrial {
  readonly mutant: Mutant;
  readonly #caughtBy: string[] = [];
  readonly #missedBy: string[] = [];
  #test: KnownTest | null = null;

  constructor(mutant: Mutant) {
    this.mutant = mutant;
  }

  /** A test that does not run has not caught it either. */
  async isCaughtBy(test: KnownTest, processes: TestProcesses): Promise<boolean> {
    const verdict = await tryTest(test, { mutant: this.mutant, deadlineMs: KNOWN_TEST_DEADLINE_MS }, processes);
    this.#note(verdict, test);
    return verdict.kind === "caught";
  }

  async try(catcher: Catcher, deadlineMs: number): Promise<Verdict> {
    const verdict = await tryCatcher(catcher, { mutant: this.mutant, deadlineMs });
    this.#note(verdict, catcher);
    return verdict;
  }

  #note(verdict: Verdict, catcher: Catcher | KnownTest): void {
    if (verdict.kind === "passed") this.#missedBy.push(nameOf(catcher));
    if (verdict.kind !== "caught") return;
    this.#caughtBy.push(verdict.how);
    this.#test ??= verdict.by ?? null;
  }

  end(error: string | null): Row {
    return { mutant: this.mutant, caughtBy: this.#caughtBy, missedBy: this.#missedBy, error, test: this.#test };
  }
}

async function tryMutant(trial: MutantTrial, { firstIsEnough, deadline, baselines }: Trials): Promise<Row> {
  for (const catcher of trial.mutant.caughtBy) {
    if (performance.now() > deadline) return trial.end("the time for all mutants together is used up");
    const baseline = await baselines.of(catcher);
    if (baseline.verdict.kind !== "passed")
      return trial.end(`${nameOf(catcher)} does not pass on the source as it is: ${describe(baseline.verdict)}`);
    // Generous: a machine that happens to be busy has caught nothing.
    const verdict = await trial.try(catcher, 20_000 + 5 * baseline.tookMs);
    if (verdict.kind === "broken") return trial.end(verdict.why);
    if (firstIsEnough && verdict.kind === "caught") break;
  }
  return trial.end(null);
}

/** A file, and what a mutant makes of it; null when its rewrite does not fit. */
type Applied = { readonly file: string; readonly source: string; readonly text: string | null };

function editOf(mutant: Mutant): Applied {
  const source = readFileSync(join(import.meta.dirname, "../..", mutant.file), "utf8");
  return { file: mutant.file, source, text: rewrite(source, mutant) };
}

/** Why this is no mutant; null of one that is. */
function whyNone({ file, source, text }: Applied): string | null {
  if (text === null) return `does not apply exactly once to ${file}`;
  return text === source ? "changes nothing" : null;
}

function withComplaints(row: Row, complaints: readonly string[]): Row {
  return row.error !== null || complaints.length === 0 ? row : { ...row, error: `is no program: ${complaints.join("; ")}` };
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

function describe(verdict: Verdict): string {
  return verdict.kind === "broken" ? verdict.why : verdict.kind;
}
