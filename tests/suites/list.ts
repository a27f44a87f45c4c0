// The suites of `make test` and of `make test-more`, in the order in which they run: quick ones first, so that a mistake shows early. Each is a
// bounded twin of a target that can run for longer; a deadline only ends what hangs. `make test` is what somebody runs before every change, in under
// ten minutes on two cores: the promises about data, and every rule. What tries the tests themselves, the package, and what else real
// processes show comes after it, and the gate runs both.

export type Suite = {
  readonly name: string;
  /** The first word is found in node_modules/.bin. */
  readonly command: readonly string[];
  readonly deadlineMs: number;
  /** Runs meanwhile, and shows afterwards what it said. */
  readonly beside?: string;
  /** Where the counts come from: the suite's own report, or jest's. */
  readonly counts: "report" | "jest";
  readonly target: "test" | "test-more";
};

// The labs wait much, with real processes and with workers that are lost. What needs no clock fills that, and gives way: their times stay theirs.
const GIVING_WAY = ["nice", "-n", "19"];

export const SUITES: readonly Suite[] = [
  { name: "jest", command: ["jest"], deadlineMs: 600_000, counts: "jest", target: "test" },
  { name: "scenarios", command: ["node", "tests/scenarios/main.ts"], deadlineMs: 60_000, counts: "report", target: "test" },
  { name: "labs", command: ["node", "tests/labs/main.ts"], deadlineMs: 900_000, counts: "report", target: "test" },
  {
    name: "simulation",
    command: [...GIVING_WAY, "node", "tests/simulation/main.ts", "--seeds", "120", "--demand-from", "120"],
    deadlineMs: 600_000,
    counts: "report",
    beside: "jest",
    target: "test",
  },
  {
    name: "determinism",
    command: [...GIVING_WAY, "node", "tests/simulation/main.ts", "--determinism", "--seeds", "3"],
    deadlineMs: 300_000,
    counts: "report",
    beside: "labs",
    target: "test",
  },
  {
    name: "integration",
    command: ["node", "tests/integration/main.ts", "--part", "data"],
    deadlineMs: 900_000,
    counts: "report",
    target: "test",
  },
  {
    name: "mutants",
    command: ["node", "tests/mutants/main.ts", "--bounded"],
    deadlineMs: 1_200_000,
    counts: "report",
    target: "test-more",
  },
  {
    name: "integration-more",
    command: ["node", "tests/integration/main.ts", "--part", "rest"],
    deadlineMs: 900_000,
    counts: "report",
    target: "test-more",
  },
  { name: "package", command: ["node", "tests/package/main.ts"], deadlineMs: 600_000, counts: "report", target: "test-more" },
];
