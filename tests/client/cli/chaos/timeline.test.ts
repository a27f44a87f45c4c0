import { done, unknown } from "../../../../core/base/outcome.ts";
import { Timeline } from "../../../../client/cli/chaos/timeline.ts";
import type { Told } from "../../../../client/cli/load/recorded-clients.ts";

const told = (endMs: number, isDone = true): Told => ({
  input: { kind: "get", key: "k" },
  outcome: isDone ? done({ kind: "absent" }) : unknown("deadline"),
  startMs: endMs - 5,
  endMs,
});

function timelineOf(...ends: readonly Told[]): Timeline {
  const timeline = new Timeline(1_000, () => Array.from({ length: 256 }, () => "1"));
  for (const each of ends) timeline.note(each);
  return timeline;
}

test.each([
  { name: "between two answers", ends: [1_100, 1_150, 1_900, 1_950], span: { fromMs: 1_120, toMs: 1_940 }, gap: [1_150, 1_900] },
  { name: "from the fault to the first answer", ends: [1_100, 1_500, 1_510], span: { fromMs: 1_110, toMs: 1_520 }, gap: [1_110, 1_500] },
  { name: "that ends after the span", ends: [1_100, 1_200, 3_000], span: { fromMs: 1_150, toMs: 1_300 }, gap: [1_200, 3_000] },
  { name: "without any answer since", ends: [1_100], span: { fromMs: 1_150, toMs: 1_300 }, gap: null },
])("the longest gap: $name", ({ ends, span, gap }) => {
  const timeline = timelineOf(...ends.map((end) => told(end)));
  const expected = gap === null ? null : { fromMs: gap[0], toMs: gap[1] };
  expect(timeline.longestGap("1", span)).toEqual(expected);
  expect(timeline.longestGap(null, span)).toEqual(expected);
});

test("only what was done counts as served, and seconds tell both", () => {
  const timeline = timelineOf(told(1_500), told(2_500, false));
  expect(timeline.hasServed("1", 1_400)).toBe(true);
  expect(timeline.hasServed("1", 1_600)).toBe(false);
  expect(timeline.seconds().map(({ atMs, done: answered, failed }) => [atMs, answered, failed])).toEqual([
    [0, 1, 0],
    [1_000, 0, 1],
  ]);
});
