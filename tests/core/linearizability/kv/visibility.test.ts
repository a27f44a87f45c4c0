import type { KvHistory, KvInput, KvOutput } from "../../../../core/linearizability/kv-operations.ts";
import { seenIn } from "../../../../core/linearizability/kv/visibility.ts";

const key = "x";

function told(input: KvInput, output: KvOutput): KvHistory[number] {
  return { client: "c1", calledAt: 1, input, outcome: { kind: "done", returnedAt: 2, output } };
}

function untold(input: KvInput): KvHistory[number] {
  return { client: "c1", calledAt: 1, input, outcome: { kind: "unknown" } };
}

const read = (value: string) => told({ kind: "get", key }, { kind: "found", value });

test("values are seen where a read begins with them, parts where a read holds them", () => {
  const seen = seenIn([read("abc"), read("ab"), read("x")]);
  expect(["", "a", "ab", "abc", "x"].map(seen.startsSomeRead)).toEqual([true, true, true, true, true]);
  expect(["b", "abcd", "abd", "xa", "y"].map(seen.startsSomeRead)).toEqual([false, false, false, false, false]);
  expect(["", "b", "bc", "x"].map(seen.isPartOfSomeRead)).toEqual([true, true, true, true]);
  expect(["ac", "abcd", "y"].map(seen.isPartOfSomeRead)).toEqual([false, false, false]);
});

test.each([
  { name: "no reads", reads: [], isSeen: false },
  { name: "an empty value", reads: [read("")], isSeen: true },
])("the empty value with $name", ({ reads, isSeen }) => {
  const seen = seenIn(reads);
  expect([seen.startsSomeRead(""), seen.isPartOfSomeRead("")]).toEqual([isSeen, isSeen]);
});

test.each([
  { name: "nothing but values", history: [read("a")], versions: false, lengths: false, unknownDeletes: false },
  {
    name: "a version read",
    history: [told({ kind: "get", key }, { kind: "found", value: "a", version: 1 })],
    versions: true,
    lengths: false,
    unknownDeletes: false,
  },
  {
    name: "a version missed",
    history: [told({ kind: "put", key, value: "a", ifVersion: 1 }, { kind: "versionMismatch" })],
    versions: true,
    lengths: false,
    unknownDeletes: false,
  },
  {
    name: "a guard of an unknown write",
    history: [untold({ kind: "put", key, value: "a", ifVersion: 1 })],
    versions: true,
    lengths: false,
    unknownDeletes: false,
  },
  {
    name: "a length",
    history: [told({ kind: "append", key, value: "a" }, { kind: "written", length: 1 })],
    versions: false,
    lengths: true,
    unknownDeletes: false,
  },
  {
    name: "a delete",
    history: [told({ kind: "delete", key }, { kind: "deleted", deleted: true })],
    versions: false,
    lengths: false,
    unknownDeletes: false,
  },
  { name: "an unknown delete", history: [untold({ kind: "delete", key })], versions: false, lengths: false, unknownDeletes: true },
])("$name", ({ history, versions, lengths, unknownDeletes }) => {
  expect(seenIn(history)).toMatchObject({ versions, lengths, unknownDeletes });
});

test("where sums are made, every value is seen, and none is known to be held once", () => {
  const seen = seenIn([untold({ kind: "increment", key, by: "1" }), untold({ kind: "put", key, value: "5" }), read("6")]);
  expect([seen.startsSomeRead("5"), seen.isPartOfSomeRead("7"), seen.lineage.isHeldOnce("6")]).toEqual([true, true, false]);
});
