import { figuresByFault, jsonOf, spreadOf } from "../../../../client/cli/chaos/report/numbers.ts";
import { chaosPage } from "../../../../client/cli/chaos/report/page.ts";
import type { FaultRecord } from "../../../../client/cli/chaos/rounds.ts";
import type { ChaosResult } from "../../../../client/cli/chaos/run.ts";

const FAULT: FaultRecord = {
  ...{ number: 0, fault: "kill", role: "leader", target: "replica-1-0", group: "1", skipped: null },
  ...{ fromMs: 2_000, toMs: 2_010, answeredMs: 2_900, wholeMs: 3_500, gapMs: 640, gapFromMs: 2_050, problem: null, undecided: null },
};
const RESULT: ChaosResult = {
  ...{
    verdict: "failed",
    checks: [{ name: "members", verdict: "failed", message: "<b>two</b> leaders" }],
    seed: 7,
    startedAt: "2026-01-01T00:00:00Z",
  },
  ...{
    beganMs: 1_000,
    endedMs: 11_000,
    isInterrupted: false,
    faults: [FAULT, { ...FAULT, number: 1, target: null, skipped: "nobody leads", gapMs: null, gapFromMs: null, wholeMs: null }],
  },
  ...{ jobs: [], journals: { problems: [], unread: [], appended: 3, counted: 3, unknown: 0 }, history: [], failure: null },
  seconds: [{ atMs: 0, done: 40, failed: 1, p50Ms: 3, p99Ms: 9, maxMs: 12 }],
  samples: [
    { atMs: 1_100, roles: { "replica-1-0": "leader" } },
    { atMs: 2_100, roles: { "replica-1-0": "down" } },
  ],
};

test("the middle and the worst", () => {
  expect(spreadOf([5, 1, 3])).toEqual({ p50: 3, p99: 5, max: 5 });
  expect(spreadOf([])).toEqual({ p50: null, p99: null, max: null });
});

test("rounds in which nobody was struck cost nothing", () => {
  expect(figuresByFault(RESULT.faults).map(({ fault, count }) => `${fault} ${count}`)).toEqual(["kill leader 1", "all 1"]);
});

test("for programs, times count from the beginning of the run", () => {
  expect(jsonOf(RESULT, "again")).toMatchObject({
    verdict: "failed",
    seed: 7,
    replay: "again",
    faults: [{ fromMs: 1_000, wholeMs: 2_500, gapMs: 640, gapFromMs: 1_050 }, {}],
  });
});

test("the page says what there is, needs nothing else, and takes nothing for markup", () => {
  const page = chaosPage(RESULT, { cluster: "a & b", replay: "flotilla chaos run --seed 7" });
  for (const part of [
    "Failed",
    "a &amp; b",
    "&lt;b&gt;two&lt;/b&gt; leaders",
    "replica-1-0: leader",
    "replica-1-0: down",
    "nobody leads",
    "640 ms",
    "0: group 1 answered no client for 640 ms",
    'href="#fault-0"',
    'id="fault-0"',
    "Seed 7. The same faults in the same order: <code>flotilla chaos run --seed 7</code>",
  ])
    expect(page).toContain(part);
  // The verdict comes first, then what the faults cost.
  expect(page.indexOf("At least one promise was not kept. Clients waited 640 ms")).toBeLessThan(page.indexOf("Timeline"));
  expect(page).not.toMatch(/(?:src|href)="?(?:https?:)?\/\//);
  expect(page.match(/NaN|undefined|Infinity/)).toBeNull();
});

test("without what grows with a run, the page has the verdict, the checks and the figures", () => {
  const faults = Array.from({ length: 20_000 }, (_, number) => ({ ...FAULT, number }));
  const short = chaosPage({ ...RESULT, faults }, { cluster: "c", replay: "again", isShort: true });
  for (const part of ["Failed", "leaders", "kill leader", "20000", "are left out"]) expect(short).toContain(part);
  expect(short.length).toBeLessThan(20_000);
});
