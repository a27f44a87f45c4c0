import { Random } from "../../../../core/base/random.ts";
import { Latencies } from "../../../../client/cli/load/latencies.ts";

test("nothing has no percentiles", () => {
  expect(new Latencies().atMost(0.5)).toBeNull();
});

test("percentiles are right to a few percent, compared with sorting", () => {
  const random = new Random(7);
  const latencies = new Latencies();
  const all = Array.from({ length: 5_000 }, () => 0.05 * 10 ** (random.fraction() * 5));
  for (const ms of all) latencies.add(ms);
  const sorted = [...all].sort((a, b) => a - b);
  for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    const found = latencies.atMost(share) ?? 0;
    expect(found).toBeGreaterThanOrEqual(exact * 0.999);
    expect(found).toBeLessThanOrEqual(exact * 1.03);
  }
  expect([latencies.count, latencies.maxMs, latencies.atMost(1)]).toEqual([5_000, Math.max(...all), Math.max(...all)]);
});
