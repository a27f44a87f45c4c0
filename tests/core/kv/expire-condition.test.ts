import type { ExpireCondition } from "../../../core/kv/expire-condition.ts";
import { CONDITION_MASK, conditionHolds, conditionOf, flagOfCondition } from "../../../core/kv/expire-condition.ts";

const NEVER = 0;

test.each<[ExpireCondition, number, number, boolean]>([
  ["ifForever", NEVER, 5, true],
  ["ifForever", 9, 5, false],
  ["ifLimited", 9, 5, true],
  ["ifLimited", NEVER, 5, false],
  ["ifLater", 5, 9, true],
  ["ifLater", 9, 9, false],
  ["ifLater", NEVER, 9, false],
  ["ifEarlier", 9, 5, true],
  ["ifEarlier", 5, 5, false],
  ["ifEarlier", NEVER, 5, true],
  ["ifLimitedAndEarlier", 9, 5, true],
  ["ifLimitedAndEarlier", NEVER, 5, false],
])("%s, from %i to %i: %s", (...[condition, nowMs, nextMs, expected]) => {
  expect(conditionHolds(condition, { nowMs, nextMs })).toBe(expected);
  const flag = flagOfCondition(condition);
  expect([flag & CONDITION_MASK, conditionOf(flag)]).toEqual([flag, condition]);
});

test("flags that are no condition", () => {
  expect([conditionOf(0), conditionOf(192), flagOfCondition(undefined)]).toEqual([null, null, 0]);
});
