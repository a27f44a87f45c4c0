import { Metrics } from "../../runtime/metrics.ts";

test("every process says how much memory it may use", async () => {
  const [, limit] = /^flotilla_memory_limit_bytes (\d\S*)$/m.exec(await new Metrics({ service: "worker", version: "0" }).text()) ?? [];
  expect(Number(limit)).toBeGreaterThan(1_000_000);
});
