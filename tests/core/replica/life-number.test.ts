import { LIFE_MARKS, lifeNumber, mayHaveLived, NO_LIFE_AFTER, startsOf } from "../../../core/replica/life-number.ts";

test("a life is as late as its starts say, whatever its mark", () => {
  expect(lifeNumber(2, 0)).toBeGreaterThan(lifeNumber(1, LIFE_MARKS - 1));
  expect([lifeNumber(7, 0), lifeNumber(7, LIFE_MARKS - 1)].map(startsOf)).toEqual([7, 7]);
});

test("the last life of all fits the 48 bits of a number on the wire", () => {
  expect(NO_LIFE_AFTER).toBe(2 ** 48 - 1);
  expect(NO_LIFE_AFTER).toBeGreaterThan(lifeNumber(200_000_000, LIFE_MARKS - 1));
});

test.each([
  { life: lifeNumber(2, 7), expected: true },
  { life: lifeNumber(2, 8), expected: false },
  { life: lifeNumber(1, 1), expected: true },
  { life: lifeNumber(9, 1), expected: true },
])("of a life that is not kept nothing is known: $life", ({ life, expected }) => {
  expect(mayHaveLived([lifeNumber(2, 7), lifeNumber(3, 7)], life)).toBe(expected);
});
