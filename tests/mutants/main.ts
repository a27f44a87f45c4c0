// Puts every known bug back, one at a time, and fails if one survives.
//   node tests/mutants/main.ts [--mutant WORD] [--catchers scenario,simulation] [--bounded] [--record] [--results FILE]
// --mutant takes a part of a name or a failure class; --bounded is content with the first catcher that works, and begins with the
// one test that is known to; --record finds out which that is and writes it down.
import { parseArgs } from "node:util";
import { failureLine, reportSuite } from "../suites/report.ts";
import type { Row } from "./campaign.ts";
import { isCaught, runCampaign } from "./campaign.ts";
import { CATALOGUE } from "./catalogue/catalogue.ts";
import { recordTests } from "./known-tests.ts";

const BUDGET_MINUTES = { bounded: 18, whole: 60 };
const PROCESSES_AT_ONCE = 2;

const { values } = parseArgs({
  options: {
    mutant: { type: "string", default: "" },
    catchers: { type: "string", default: "scenario,lab,jest,simulation" },
    bounded: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    results: { type: "string" },
  },
});

const kinds = values.catchers.split(",");
const mutants = CATALOGUE.filter(({ name, failureClass }) => failureClass === values.mutant || name.includes(values.mutant))
  .map((mutant) => ({ ...mutant, caughtBy: mutant.caughtBy.filter(({ kind }) => kinds.includes(kind)) }))
  .sort((a, b) => Number(a.failureClass.slice(1)) - Number(b.failureClass.slice(1)));

const startedMs = performance.now();
const minutes = values.bounded ? BUDGET_MINUTES.bounded : BUDGET_MINUTES.whole;
const rows = await runCampaign(mutants, {
  firstIsEnough: values.bounded || values.record,
  budgetMs: minutes * 60_000,
  atOnce: PROCESSES_AT_ONCE,
  usesKnownTests: values.bounded && !values.record,
});
for (const row of rows) console.log(describe(row));
if (values.record) recordTests(new Map(rows.flatMap(({ mutant, test }) => (test === null ? [] : [[mutant.name, test]]))));

const caught = rows.filter(isCaught).length;
const seconds = Math.round((performance.now() - startedMs) / 1_000);
console.log(`\nmutants: ${caught} caught, ${rows.length - caught} not, in ${seconds} s of at most ${minutes * 60} s`);
const survivors = rows.filter((row) => !isCaught(row));
const failures = survivors.map(({ mutant, error }) => failureLine(mutant.name, error ?? "survived"));
reportSuite(values.results, { passed: caught, failed: survivors.length, failures });
process.exitCode = caught === rows.length && caught > 0 ? 0 : 1;

function describe({ mutant, caughtBy, missedBy, error }: Row): string {
  const outcome = error !== null ? `ERROR ${error}` : caughtBy.length > 0 ? caughtBy.join("; ") : "SURVIVED";
  const missed = missedBy.length === 0 ? "" : `  (not by ${missedBy.join(", ")})`;
  return `${mutant.failureClass.padEnd(4)} ${mutant.name}\n       stands for  ${mutant.standsFor}\n       caught by   ${outcome}${missed}`;
}
