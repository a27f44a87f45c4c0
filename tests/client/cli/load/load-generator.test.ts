import { benchTable } from "../../../../client/cli/commands/bench.ts";
import { runLoad } from "../../../../client/cli/load/load-generator.ts";
import { refused, unknown } from "../../../../core/base/outcome.ts";
import { Random } from "../../../../core/base/random.ts";
import { memoryStore } from "./memory-store.ts";

const OPTIONS = { clients: 4, durationMs: 100, readPercent: 50, keys: 10, valueBytes: 8, onProgress: () => undefined, isOver: () => false };

/** Answers later, as a network does: otherwise nobody else gets a turn. */
const slow = (store = memoryStore()) => ({
  ...store,
  get: async (key: string | Uint8Array) => (await later(), store.get(key)),
  put: async (key: string | Uint8Array, value: string | Uint8Array) => (await later(), store.put(key, value)),
});
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

test("counts what was done, by operation, and uses no other keys", async () => {
  const store = memoryStore();
  const figures = await runLoad({ ...OPTIONS, store: slow(store), random: new Random(1) });
  expect(figures.operations.map(({ operation }) => operation)).toEqual(["get", "put", "all"]);
  const [gets, puts, all] = figures.operations.map(({ count }) => count);
  expect(all).toBe((gets ?? 0) + (puts ?? 0));
  expect(figures.failures).toEqual({});
  expect([...store.keys].every((key) => /^bench\/[0-9]$/.test(key))).toBe(true);
});

test("a failure is counted by its code, and is no operation", async () => {
  const store = { ...slow(), get: () => Promise.resolve(refused("noQuorum", "none")), put: () => Promise.resolve(unknown("deadline")) };
  const figures = await runLoad({ ...OPTIONS, store, random: new Random(1) });
  expect(figures.operations).toEqual([]);
  expect(Object.keys(figures.failures).sort()).toEqual(["noQuorum", "unknown"]);
});

test("ends early when it is told to", async () => {
  const startMs = performance.now();
  await runLoad({ ...OPTIONS, durationMs: 60_000, store: slow(), random: new Random(1), isOver: () => true });
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test("is told as a table", () => {
  const operations = [{ operation: "all", count: 12_345, perSecond: 1_234.5, p50Ms: 1.25, p99Ms: 20, maxMs: 1_500 }] as const;
  expect(benchTable({ seconds: 10, operations, failures: { noQuorum: 1 } })).toBe(
    [
      "       count   rate     half within  99 % within  slowest",
      "  all  12,345  1,235/s  1.3 ms       20 ms        1.5 s",
      "  1 operation failed: noQuorum",
      "  in 10.0 s",
    ].join("\n"),
  );
});
