import type { DoneOperation, Operation } from "../../../../core/linearizability/history.ts";
import { KV_MODEL } from "../../../../core/linearizability/kv-model.ts";
import type { Model } from "../../../../core/linearizability/model.ts";
import { Stretches } from "../../../../core/linearizability/search/stretches.ts";

/** States are letters; an operation's input is the letter that it has to be placed at, or "any". */
const LETTERS = {
  stretchOf: (state: string) => (state === "none" ? null : state),
  stretchSeenBy: ({ input }: Operation<string, null>) => (input === "any" ? null : input),
} as unknown as Model<string, string, null>;

function done(input: string): DoneOperation<string, null> {
  return { client: "c1", calledAt: 1, input, outcome: { kind: "done", returnedAt: 2, output: null } };
}

test("a stretch may be left when nobody waits for it", () => {
  const [first, second, other] = [done("a"), done("a"), done("any")];
  const stretches = new Stretches([first, second, other], LETTERS);
  expect(stretches.allows(other, "a", "b")).toBe(false);
  stretches.placed(first);
  expect(stretches.allows(other, "a", "b")).toBe(false);
  stretches.placed(second);
  expect(stretches.allows(other, "a", "b")).toBe(true);
  stretches.takenBack(second);
  expect(stretches.allows(other, "a", "b")).toBe(false);
});

test("the last who waits may itself end the stretch", () => {
  const last = done("a");
  expect(new Stretches([last], LETTERS).allows(last, "a", "b")).toBe(true);
  expect(new Stretches([last, done("a")], LETTERS).allows(last, "a", "b")).toBe(false);
});

test("an operation has no place outside its stretch, with an answer or without", () => {
  const unknown: Operation<string, null> = { ...done("a"), outcome: { kind: "unknown" } };
  const stretches = new Stretches([unknown], LETTERS);
  expect(stretches.allows(unknown, "b", "a")).toBe(false);
  expect(stretches.allows(unknown, "none", "a")).toBe(false);
  expect(stretches.allows(unknown, "a", "b")).toBe(true);
});

test("an unknown operation that must have happened holds its stretch open", () => {
  const unknown: Operation<string, null> = { ...done("a"), outcome: { kind: "unknown" } };
  expect(new Stretches([unknown], LETTERS).allows(done("any"), "a", "b")).toBe(false);
});

test("within a stretch, and where nothing is known, everything goes", () => {
  const stretches = new Stretches([done("a")], LETTERS);
  expect(stretches.allows(done("any"), "a", "a")).toBe(true);
  expect(stretches.allows(done("any"), "none", "b")).toBe(true);
});

test("a model without stretches allows everything", () => {
  const { stretchOf, stretchSeenBy, ...plain } = KV_MODEL;
  expect([stretchOf, stretchSeenBy]).not.toContain(undefined);
  const operation = {
    ...done("a"),
    input: { kind: "get", key: "x" } as const,
    outcome: { kind: "done", returnedAt: 2, output: { kind: "absent" } } as const,
  };
  expect(new Stretches([operation], plain).allows(operation, plain.initial, { version: 1, value: "a", length: 1 })).toBe(true);
});
