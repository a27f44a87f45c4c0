// Which single test catches a mutant, as --record found and wrote down: the bounded run begins with it, in a second, instead of
// with all tests that might. A record that no longer holds costs time and nothing else: what the catalogue names is tried then.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inParallel } from "./in-parallel.ts";
import { passedTests, patternOf } from "./jest-report.ts";
import type { KnownTest, Mutant } from "./mutant.ts";
import type { TestProcesses } from "./test-processes.ts";
import { nameOf } from "./try-catcher.ts";

const FILE = join(import.meta.dirname, "known-tests.json");

type Records = Readonly<Record<string, Omit<KnownTest, "kind">>>;

/** By the name of the mutant. Only of tests that pass on the source as it is; those of one file are tried in one go. */
export async function knownTests(
  mutants: readonly Mutant[],
  { processes, atOnce, deadlineMs }: { readonly processes: TestProcesses; readonly atOnce: number; readonly deadlineMs: number },
): Promise<ReadonlyMap<string, KnownTest>> {
  const records = JSON.parse(readFileSync(FILE, "utf8")) as Records;
  const known = mutants.flatMap(({ name }): [string, KnownTest][] => {
    const record = records[name];
    return record === undefined ? [] : [[name, { kind: "test", ...record }]];
  });
  const byPath = new Map<string, KnownTest[]>();
  for (const [, test] of known) byPath.set(test.path, [...(byPath.get(test.path) ?? []), test]);
  const passed = await inParallel([...byPath], atOnce, async ([path, tests]) => {
    const { report } = await processes.ask({ path, pattern: patternOf(tests), mutant: null }, deadlineMs);
    return report === null ? [] : passedTests(report).map(nameOf);
  });
  const sound = new Set(passed.flat());
  return new Map(known.filter(([, test]) => sound.has(nameOf(test))));
}

/** What is known of mutants that were not tried stays. */
export function recordTests(caught: ReadonlyMap<string, KnownTest>): void {
  const records = { ...(JSON.parse(readFileSync(FILE, "utf8")) as Records) };
  for (const [name, { path, test }] of caught) records[name] = { path, test };
  const sorted = Object.fromEntries(Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}
