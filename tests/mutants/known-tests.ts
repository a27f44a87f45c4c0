// Which single test catches a mutant, as --record found and wrote down: the bounded run begins with it, in a second, instead of
// with all tests that might. A record that no longer holds costs time and nothing else: what the catalogue names is tried then.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JestReport } from "./jest-report.ts";
import { passedTests, patternOf } from "./jest-report.ts";
import type { KnownTest, Mutant } from "./mutant.ts";
import { jestInto, nameOf, run } from "./try-catcher.ts";

const FILE = join(import.meta.dirname, "known-tests.json");

type Records = Readonly<Record<string, Omit<KnownTest, "kind">>>;

/** By the name of the mutant. Only of tests that pass on the source as it is, all of them tried in one go. */
export async function knownTests(mutants: readonly Mutant[], deadlineMs: number): Promise<ReadonlyMap<string, KnownTest>> {
  const records = JSON.parse(readFileSync(FILE, "utf8")) as Records;
  const known = mutants.flatMap(({ name }): [string, KnownTest][] => {
    const record = records[name];
    return record === undefined ? [] : [[name, { kind: "test", ...record }]];
  });
  const passed = await passedOf([...new Map(known).values()], deadlineMs);
  return new Map(known.filter(([, test]) => passed.has(nameOf(test))));
}

async function passedOf(tests: readonly KnownTest[], deadlineMs: number): Promise<ReadonlySet<string>> {
  if (tests.length === 0) return new Set();
  const folder = mkdtempSync(join(tmpdir(), "flotilla-mutant-"));
  const results = join(folder, "results.json");
  try {
    const paths = new Set(tests.map(({ path }) => path));
    await run([...jestInto(results), "--testNamePattern", patternOf(tests), "--runTestsByPath", ...paths], { mutant: null, deadlineMs });
    const report = JSON.parse(readFileSync(results, "utf8")) as JestReport;
    return new Set(passedTests(report).map(nameOf));
  } catch {
    return new Set();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is known of mutants that were not tried stays. */
export function recordTests(caught: ReadonlyMap<string, KnownTest>): void {
  const records = { ...(JSON.parse(readFileSync(FILE, "utf8")) as Records) };
  for (const [name, { path, test }] of caught) records[name] = { path, test };
  const sorted = Object.fromEntries(Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}
