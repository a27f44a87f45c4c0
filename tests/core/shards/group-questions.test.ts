import { asCluster, asGroup } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import {
  groupAnswer,
  parseConfigurationAnswer,
  parseConfigurationQuestion,
  parseGroupAnswer,
  parseGroupQuestion,
} from "../../../core/shards/group-questions.ts";

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("a question for a configuration and its answer arrive as they were", () => {
  const cluster = asCluster("c");
  for (const number of [null, 0, 7]) expect(parseConfigurationQuestion(overTheWire({ cluster, number }))).toEqual({ cluster, number });
  expect(parseConfigurationQuestion({})).toEqual({ cluster: null, number: null });
  for (const configuration of [null, "AAE="]) {
    const answer = { cluster, oldest: 1, latest: 9, configuration };
    expect(parseConfigurationAnswer(overTheWire(answer))).toEqual(answer);
  }
});

test.each([
  { name: "done", outcome: done("AAE="), leader: null },
  { name: "refused", outcome: refused("notLeader", "another leads"), leader: "10.0.0.1:7000" },
  { name: "unknown", outcome: unknown("deadline"), leader: null },
])("a group's answer arrives as it was: $name", ({ outcome, leader }: { outcome: Outcome<string>; leader: string | null }) => {
  expect(parseGroupAnswer(overTheWire(groupAnswer({ configNumber: 3, outcome, leader })))).toEqual({ configNumber: 3, outcome, leader });
});

test("a question of a group arrives as it was", () => {
  const older = { group: asGroup("2"), kind: "read", operation: "AAE=" } as const;
  const question = { cluster: asCluster("c"), ...older };
  expect(parseGroupQuestion(overTheWire(question))).toEqual(question);
  // Older programs don't say of which cluster they are.
  expect(parseGroupQuestion(overTheWire(older))).toEqual({ ...older, cluster: null });
  expect(parseGroupQuestion({ ...question, cluster: 7 })).toBeNull();
});

test.each([null, 1, "x", { number: -1 }, { number: 1.5 }, { number: "1" }, { cluster: 7 }])("no question, and no answer: %j", (value) => {
  expect(parseConfigurationQuestion(value)).toBeNull();
  expect(parseGroupQuestion(value)).toBeNull();
  expect(parseGroupAnswer(value)).toBeNull();
  expect(parseConfigurationAnswer(value)).toBeNull();
});

test("what claims to be an answer and is none", () => {
  expect(parseGroupAnswer({ configNumber: 1, code: "nonsense", message: "" })).toBeNull();
  expect(parseGroupAnswer({ configNumber: 1, unknown: "why" })).toBeNull();
  expect(parseGroupAnswer({ configNumber: "1", result: "" })).toBeNull();
  expect(parseConfigurationAnswer({ cluster: "c", oldest: 1, latest: 2, configuration: 3 })).toBeNull();
});
