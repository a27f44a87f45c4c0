import type { History } from "../../../../core/linearizability/history.ts";
import { partitionHistory } from "../../../../core/linearizability/search/partition.ts";

function historyOf(keySets: readonly string[]): History<string, never> {
  return keySets.map((input, calledAt) => ({ client: "c1", calledAt, input, outcome: { kind: "unknown" } }));
}

const keysOf = (input: string): string[] => input.split("");

test.each([
  {
    name: "keys that nothing joins are apart",
    keySets: ["a", "b", "a", "a", "b", "c"],
    parts: [
      ["c", 1],
      ["b", 2],
      ["a", 3],
    ],
  },
  {
    name: "an operation on two keys joins them",
    keySets: ["a", "ab", "b", "c"],
    parts: [
      ["c", 1],
      ["ab", 3],
    ],
  },
  {
    name: "joins go on over several operations",
    keySets: ["ab", "cd", "e", "e", "e", "e", "e", "bc"],
    parts: [
      ["abcd", 3],
      ["e", 5],
    ],
  },
  { name: "an operation that names a key twice", keySets: ["aa", "ba"], parts: [["ab", 2]] },
  { name: "nothing", keySets: [], parts: [] },
])("$name", ({ keySets, parts }) => {
  const partitions = partitionHistory(historyOf(keySets), keysOf);
  expect(partitions.map(({ keys, operations }) => [keys.join(""), operations.length])).toEqual(parts);
});

test("operations keep their order", () => {
  const [part] = partitionHistory(historyOf(["ab", "c", "b", "ca"]), keysOf);
  expect(part?.operations.map(({ calledAt }) => calledAt)).toEqual([0, 1, 2, 3]);
});

test("an operation without a key is a mistake of the model", () => {
  expect(() => partitionHistory(historyOf([""]), keysOf)).toThrow("an operation touches at least one key");
});
