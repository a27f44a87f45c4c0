import { LIFE_MARKS, lifeNumber, startsOf } from "../../../core/replica/life-number.ts";

test("a life is as late as its starts say, whatever its mark", () => {
  expect(lifeNumber(2, 0)).toBeGreaterThan(lifeNumber(1, LIFE_MARKS - 1));
  expect([lifeNumber(7, 0), lifeNumber(7, LIFE_MARKS - 1)].map(startsOf)).toEqual([7, 7]);
});

test("billions of starts are whole numbers still", () => {
  expect(Number.isSafeInteger(lifeNumber(8_000_000_000, LIFE_MARKS - 1))).toBe(true);
});
