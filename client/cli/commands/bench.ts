// `flotilla bench`: how much, and how fast, with a mix of reads and writes.
import { Random } from "../../../core/base/random.ts";
import { findContext } from "../cluster/context.ts";
import { openKeyValues } from "../cluster/key-values.ts";
import { servedBy } from "../cluster/serving.ts";
import { environment } from "../config.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { LoadFigures } from "../load/load-generator.ts";
import { runLoad } from "../load/load-generator.ts";
import type { Output } from "../output.ts";
import { onceInterrupted } from "../interrupts.ts";
import { count, counted, duration, progressBar, progressOn, table } from "../terminal.ts";
import { CODES } from "../trouble.ts";

export const bench: Command = {
  name: "bench",
  summary: "load the store, and say how many operations a second and how fast",
  details: "Writes keys that begin with bench/ and leaves them. Ends with 1 if nothing was done at all.",
  arguments: [],
  flags: [
    { name: "duration", kind: "duration", value: "TIME", fallback: 10_000, min: 100, max: 86_400_000, meaning: "how long" },
    {
      name: "clients",
      kind: "whole",
      value: "N",
      fallback: 32,
      min: 1,
      max: 4_096,
      meaning: "how many ask at once, each one thing at a time",
    },
    { name: "reads", kind: "whole", value: "PERCENT", fallback: 50, min: 0, max: 100, meaning: "of 100 operations; the rest are writes" },
    { name: "value-size", kind: "whole", value: "BYTES", fallback: 100, min: 0, max: 1_048_576, meaning: "of each value that is written" },
    { name: "keys", kind: "whole", value: "N", fallback: 10_000, min: 1, max: 100_000_000, meaning: "how many different ones" },
    { name: "seed", kind: "whole", value: "N", fallback: 1, min: 0, max: 2 ** 31, meaning: "the same seed asks for the same keys" },
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla bench --reads 90 --clients 64", meaning: "mostly reads" },
    { command: "flotilla bench --duration 30s --value-size 4096 -o json", meaning: "for a program" },
  ],
  run: runBench,
};

async function runBench(given: Given, output: Output): Promise<number> {
  const context = await servedBy("replica", findContext(given, { environment, workingDirectory: process.cwd() }));
  const store = openKeyValues(context);
  const interrupts = onceInterrupted();
  const durationMs = given.numberOr("duration");
  const show = progressOn(process.stderr, process.stderr.isTTY === true);
  try {
    const figures = await runLoad({
      ...{ store, durationMs, isOver: interrupts.isInterrupted },
      random: new Random(given.numberOr("seed")),
      clients: given.numberOr("clients"),
      readPercent: given.numberOr("reads"),
      keys: given.numberOr("keys"),
      valueBytes: given.numberOr("value-size"),
      onProgress: (done, elapsedMs) => show(`${progressBar(elapsedMs / durationMs)} ${count(Math.round((done * 1_000) / elapsedMs))}/s`),
    });
    show("");
    output.result(figures, () => benchTable(figures));
    return figures.operations.length === 0 ? CODES.failed : CODES.done;
  } finally {
    show("");
    interrupts.stop();
    await store.close();
  }
}

/** Pure. */
export function benchTable({ seconds, operations, failures }: LoadFigures): string {
  const time = (ms: number | null): string => (ms === null ? "" : duration(ms));
  const rows = operations.map(({ operation, count: done, perSecond, p50Ms, p99Ms, maxMs }) => [
    ...[operation, count(done), `${count(Math.round(perSecond))}/s`, time(p50Ms), time(p99Ms), time(maxMs)],
  ]);
  const failed = Object.entries(failures).map(([code, times]) => `  ${counted(times, "operation")} failed: ${code}`);
  return [
    table([["", "count", "rate", "half within", "99 % within", "slowest"], ...rows]),
    ...failed,
    `  in ${duration(seconds * 1_000)}`,
  ].join("\n");
}
