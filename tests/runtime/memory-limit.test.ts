import { memoryLimit } from "../../runtime/memory-limit.ts";

const MACHINE = 8_000;

test.each([
  { name: "a container's limit", constrained: 500, limit: 500 },
  { name: "no limit", constrained: 2 ** 64, limit: MACHINE },
  { name: "a system that does not tell", constrained: 0, limit: MACHINE },
])("$name", ({ constrained, limit }) => {
  expect(memoryLimit(constrained, MACHINE)).toBe(limit);
});
