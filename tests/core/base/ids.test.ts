import * as ids from "../../../core/base/ids.ts";

test("brands exist for the compiler only", () => {
  expect([ids.asTerm(1), ids.asIndex(2), ids.asServiceIndex(3), ids.asBatch(4), ids.asBoot(5)]).toEqual([1, 2, 3, 4, 5]);
  expect([ids.asMember("a"), ids.asGroup("b"), ids.asCluster("c")]).toEqual(["a", "b", "c"]);
});

test("a term is no index", () => {
  // @ts-expect-error: look-alike numbers must not be mixed up
  const index: ids.LogIndex = ids.asTerm(1);
  expect(index).toBe(1);
});
