import { Seldom } from "../../../runtime/peers/seldom.ts";
import { ManualClock } from "../manual-clock.ts";

test("the same is said once a minute, and something else at once", () => {
  const clock = new ManualClock();
  const seldom = new Seldom(clock);
  expect(["a", "a", "b"].map((each) => seldom.isDue(each))).toEqual([true, false, true]);
  clock.advance(59_999);
  expect(seldom.isDue("a")).toBe(false);
  clock.advance(1);
  expect(["a", "a"].map((each) => seldom.isDue(each))).toEqual([true, false]);
});

test("it remembers what was said last, of very many", () => {
  const seldom = new Seldom(new ManualClock());
  for (let i = 0; i < 300; i++) seldom.isDue(`matter ${i}`);
  expect([seldom.isDue("matter 299"), seldom.isDue("matter 0")]).toEqual([false, true]);
});
