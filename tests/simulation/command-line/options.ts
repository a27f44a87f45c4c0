// What the command line says, checked once.
import { parseArgs } from "node:util";

export type Options = {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** Length of the part with faults, in ticks of 25 ms; null lets each seed draw its own. */
  readonly ticks: number | null;
  readonly traceFile: string | null;
  readonly planFile: string | null;
  readonly shrinks: boolean;
  readonly checksDeterminism: boolean;
  readonly checksSpeed: boolean;
  /** From how many seeds on every fault and rare state must have happened. */
  readonly demandFrom: number;
  /** After so many seeds have failed, no further one is begun. */
  readonly failuresMax: number;
  /** Where `make test` wants to read the counts. */
  readonly resultsFile: string | null;
};

export const USAGE = `node tests/simulation/main.ts [options]
  --seed N           run one seed; with --trace FILE write down what happens, with --shrink look for a shorter failing run
  --seeds N          run many seeds, beginning with --from (1), in --jobs processes (2)
  --plan FILE        run a plan that --shrink has written
  --ticks N          length of the part with faults, in ticks of 25 ms
  --determinism      run every seed in two processes and compare the hashes of their traces
  --speed-bar        fail below 60,000 events a second and core
  --demand-from N    from so many seeds on, fail if a fault or a rare state never took effect (400)
  --failures N       stop after so many seeds have failed (1)
  --results FILE     write how many seeds passed and failed, as JSON`;

/** Null when the arguments make no sense. */
export function parseOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      jobs: { type: "string", default: "2" },
      ticks: { type: "string" },
      trace: { type: "string" },
      plan: { type: "string" },
      shrink: { type: "boolean", default: false },
      determinism: { type: "boolean", default: false },
      "speed-bar": { type: "boolean", default: false },
      "demand-from": { type: "string", default: "400" },
      failures: { type: "string", default: "1" },
      results: { type: "string" },
    },
  });
  const seed = values.seed === undefined ? null : Number(values.seed);
  const options: Options = {
    from: seed ?? Number(values.from),
    seeds: seed === null ? Number(values.seeds ?? "100") : 1,
    jobs: Number(values.jobs),
    ticks: values.ticks === undefined ? null : Number(values.ticks),
    traceFile: values.trace ?? null,
    planFile: values.plan ?? null,
    shrinks: values.shrink,
    checksDeterminism: values.determinism,
    checksSpeed: values["speed-bar"],
    demandFrom: Number(values["demand-from"]),
    failuresMax: Number(values.failures),
    resultsFile: values.results ?? null,
  };
  const counts = [options.from, options.seeds, options.jobs, options.ticks ?? 1, options.demandFrom, options.failuresMax];
  return counts.every((count) => Number.isSafeInteger(count) && count > 0) ? options : null;
}
