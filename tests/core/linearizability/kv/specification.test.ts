import { ABSENT, agrees, apply, inputKey } from "../../../../core/linearizability/kv/specification.ts";
import { ALL_IS_SEEN } from "../../../../core/linearizability/kv/visibility.ts";

const key = "x";

test("an answer agrees with what was recorded of it", () => {
  const answer = { kind: "found", value: "a", version: 2 } as const;
  expect(agrees(answer, { kind: "found", value: "a" })).toBe(true);
  expect(agrees(answer, { kind: "found", value: "a", version: 3 })).toBe(false);
  expect(agrees(answer, { kind: "absent" })).toBe(false);
});

test("versions begin at 1 again after a delete", () => {
  const put = { kind: "put", key, value: "a" } as const;
  const once = apply(apply(ABSENT, put, ALL_IS_SEEN).state, put, ALL_IS_SEEN).state;
  expect(once.version).toBe(2);
  const deleted = apply(once, { kind: "delete", key }, ALL_IS_SEEN).state;
  expect(apply(deleted, put, ALL_IS_SEEN).answer).toEqual({ kind: "written", version: 1, length: 1 });
});

test("increments by different numbers, or under different guards, are not the same", () => {
  const name = (by: string, guard: { readonly ifVersion?: number } = {}): string =>
    inputKey({ kind: "increment", key, by, ...guard }, ALL_IS_SEEN);
  expect(new Set([name("1"), name("2"), name("1", { ifVersion: 1 })]).size).toBe(3);
  expect(name("1")).toBe(name("1"));
});
