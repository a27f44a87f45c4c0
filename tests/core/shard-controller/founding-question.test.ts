import fc from "fast-check";
import { asCluster, asGroup } from "../../../core/base/ids.ts";
import type { FoundingQuestion } from "../../../core/shard-controller/founding-question.ts";
import {
  CONTROLLERS_GROUP,
  foundingQuestionAsJson,
  parseFoundingAnswer,
  parseFoundingQuestion,
} from "../../../core/shard-controller/founding-question.ts";
import { addressOf, foundingMembers } from "./groups.ts";

const QUESTION: FoundingQuestion = {
  group: asGroup("1"),
  cluster: asCluster("c"),
  ordinal: 2,
  address: addressOf("1", 2),
  found: foundingMembers("1"),
};

const onTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test.each([QUESTION, { ...QUESTION, cluster: null, found: null }])("a question is read as it was written", (question) => {
  expect(parseFoundingQuestion(onTheWire(foundingQuestionAsJson(question)))).toEqual(question);
});

test.each([
  { name: "no group", change: { group: "" } },
  { name: "the controllers' own group", change: { group: CONTROLLERS_GROUP } },
  { name: "a nameless cluster", change: { cluster: "" } },
  { name: "no place", change: { ordinal: -1 } },
  { name: "no address", change: { address: [] } },
  { name: "nobody to found it", change: { found: [] } },
  { name: "a founder without a place", change: { found: [{ member: "m" }] } },
])("$name is no question", ({ change }) => {
  const question = foundingQuestionAsJson(QUESTION) as Record<string, unknown>;
  expect(parseFoundingQuestion(onTheWire({ ...question, ...change }))).toBeNull();
});

test("an answer is about the group that was asked about, and of one cluster", () => {
  const founding = { cluster: asCluster("c"), group: asGroup("1"), members: foundingMembers("1") };
  const answer = { cluster: asCluster("c"), founding };
  expect(parseFoundingAnswer(onTheWire(answer), asGroup("1"))).toEqual(answer);
  expect(parseFoundingAnswer({ cluster: "c", founding: null }, asGroup("1"))).toEqual({ cluster: "c", founding: null });
  expect(parseFoundingAnswer(onTheWire(answer), asGroup("2"))).toBeNull();
  expect(parseFoundingAnswer(onTheWire({ ...answer, cluster: "d" }), asGroup("1"))).toBeNull();
});

test("nonsense is null", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect([parseFoundingQuestion(value), parseFoundingAnswer(value, asGroup("1"))]).toEqual([null, null]);
    }),
    { numRuns: 300, seed: 7 },
  );
});
