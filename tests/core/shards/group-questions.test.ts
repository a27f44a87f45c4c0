import { parseConfigurationQuestion } from "../../../core/shards/group-questions.ts";

test.each([
  { value: { cluster: "c", number: 7 }, expected: { cluster: "c", number: 7 } },
  { value: { number: null }, expected: { cluster: null, number: null } },
  { value: {}, expected: { cluster: null, number: null } },
  { value: { number: -1 }, expected: null },
  { value: { number: "7" }, expected: null },
  { value: { cluster: 7 }, expected: null },
  { value: null, expected: null },
  { value: "7", expected: null },
])("$value asks for $expected", ({ value, expected }) => {
  expect(parseConfigurationQuestion(value)).toEqual(expected);
});
