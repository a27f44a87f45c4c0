import { Counters } from "../../../runtime/tasks/counters.ts";

test("counters add up, and by numbers only: what is none could not be reported", () => {
  const counters = new Counters();
  counters.count("seen");
  counters.count("seen", 2);
  for (const by of [NaN, Infinity, "1" as never, {} as never])
    expect(() => counters.count("other", by)).toThrow('the counter "other" can\'t count by');
  expect(counters.all()).toEqual({ seen: 3 });
});

test("a name with which no report would be taken is refused where it is counted", () => {
  expect(() => new Counters().count("__proto__")).toThrow("a counter can't be called __proto__");
});
