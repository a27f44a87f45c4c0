// The suites of `make test`, in the order in which they run: quick ones first, so that a mistake shows early. Each is a
// bounded twin of a target that can run for longer; together they are to take under ten minutes on two cores. A deadline only ends what
// hangs.

export type Suite = {
  readonly name: string;
  /** The first word is found in node_modules/.bin. */
  readonly command: readonly string[];
  readonly deadlineMs: number;
  /** Runs meanwhile, and shows afterwards what it said. */
  readonly beside?: string;
  /** Where the counts come from: the suite's own report, or jest's. */
  readonly counts: "report" | "jest";
};

// The labs wait much, with real processes and with workers that are lost. What needs no clock fills that, and gives way: their times stay theirs.
const GIVING_WAY = ["nice", "-n", "19"];

export const SUITES: readonly Suite[] = [
  { name: "jest", command: ["jest"], deadlineMs: 600_000, counts: "jest" },
  { name: "scenarios", command: ["node", "tests/scenarios/main.ts"], deadlineMs: 60_000, counts: "report" },
  { name: "labs", command: ["node", "tests/labs/main.ts"], deadlineMs: 900_000, counts: "report" },
  {
    name: "simulation",
    command: [...GIVING_WAY, "node", "tests/simulation/main.ts", "--seeds", "120", "--demand-from", "120"],
    deadlineMs: 600_000,
    counts: "report",
    beside: "jest",
  },
  {
    name: "determinism",
    command: [...GIVING_WAY, "node", "tests/simulation/main.ts", "--determinism", "--seeds", "3"],
    deadlineMs: 300_000,
    counts: "report",
    beside: "labs",
  },
  { name: "mutants", command: ["node", "tests/mutants/main.ts", "--bounded"], deadlineMs: 1_200_000, counts: "report" },
  { name: "package", command: ["node", "tests/package/main.ts"], deadlineMs: 600_000, counts: "report", beside: "labs" },
  { name: "integration", command: ["node", "tests/integration/main.ts"], deadlineMs: 900_000, counts: "report" },
];
