import { decodeLine, isLineOf, liveLine } from "../../../core/coordinator/index-line.ts";

const RUN = "j.000000000001";
const LATER = "j.000000000002";

test.each([
  { name: "of the run", text: liveLine(RUN), run: RUN, expected: true },
  { name: "of another run", text: liveLine(RUN), run: LATER, expected: false },
  { name: "from before there were runs", text: '{"ended":false}', run: "j", expected: true },
  { name: "from before there were runs, of another job now", text: '{"ended":false}', run: LATER, expected: false },
  { name: "of a run that has ended", text: `{"ended":true,"view":{"run":"${RUN}"}}`, run: RUN, expected: true },
  { name: "of one that ended before there were runs", text: '{"ended":true,"view":{}}', run: "j", expected: true },
])("a line $name", ({ text, run, expected }) => {
  expect(isLineOf(decodeLine(text), "j", run)).toBe(expected);
});
