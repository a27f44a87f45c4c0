import { memoryLimit, Metrics } from "../../runtime/metrics.ts";

const MACHINE = 8_000;

test.each([
  { name: "a container's limit", constrained: 500, limit: 500 },
  { name: "no limit", constrained: 2 ** 64, limit: MACHINE },
  { name: "a system that does not tell", constrained: 0, limit: MACHINE },
])("$name", ({ constrained, limit }) => {
  expect(memoryLimit(constrained, MACHINE)).toBe(limit);
});

test("every process says how much memory it may use", async () => {
  const [, limit] = /^flotilla_memory_limit_bytes (\d\S*)$/m.exec(await new Metrics({ service: "worker", version: "0" }).text()) ?? [];
  expect(Number(limit)).toBeGreaterThan(1_000_000);
});
