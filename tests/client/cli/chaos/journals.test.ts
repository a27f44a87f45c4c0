import type { Entry } from "../../../../client/cli/chaos/journals.ts";
import { counterProblems, journalProblems } from "../../../../client/cli/chaos/journals.ts";

const entries = (text: string): readonly Entry[] =>
  text
    .split(" ")
    .map((each) => ({ token: `${each.slice(0, -1)};`, outcome: ({ d: "done", u: "unknown", r: "refused" } as const)[each.at(-1) as "d"] }));

test.each([
  { name: "all there, once", written: "0d 1d 2d", value: "0;1;2;", wrong: 0 },
  { name: "of unknown outcome, and there", written: "0d 1u 2d", value: "0;1;2;", wrong: 0 },
  { name: "of unknown outcome, and not there", written: "0d 1u 2d", value: "0;2;", wrong: 0 },
  { name: "of unknown outcome, and later than what came after", written: "0d 1u 2d", value: "0;2;1;", wrong: 0 },
  { name: "acknowledged and lost", written: "0d 1d 2d", value: "0;2;", wrong: 1 },
  { name: "the last ones lost", written: "0d 1d 2d", value: "", wrong: 1 },
  { name: "there twice", written: "0d 1d 2d", value: "0;1;1;2;", wrong: 1 },
  { name: "of unknown outcome, and there twice", written: "0d 1u 2d", value: "0;1;2;1;", wrong: 1 },
  { name: "refused and there", written: "0d 1r 2d", value: "0;1;2;", wrong: 1 },
  { name: "from nowhere", written: "0d", value: "0;7;", wrong: 1 },
  { name: "in another order", written: "0d 1d 2d", value: "0;2;1;", wrong: 1 },
])("a journal: $name", ({ written, value, wrong }) => {
  expect(journalProblems(entries(written), value)).toHaveLength(wrong);
});

test.each([
  { name: "exactly", done: 5, unknown: 0, count: 5n, wrong: 0 },
  { name: "one that may have happened did", done: 5, unknown: 1, count: 6n, wrong: 0 },
  { name: "one is lost", done: 5, unknown: 1, count: 4n, wrong: 1 },
  { name: "one counted twice", done: 5, unknown: 1, count: 7n, wrong: 1 },
])("a counter: $name", ({ done, unknown, count, wrong }) => {
  expect(counterProblems({ done, unknown }, count)).toHaveLength(wrong);
});
