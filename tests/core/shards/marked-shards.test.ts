import { MarkedShards } from "../../../core/shards/marked-shards.ts";

test("a shard is taken once, however often it was marked, and again once it is marked again", () => {
  const marked = new MarkedShards();
  expect(marked.take()).toEqual([]);
  for (const shard of [3, 255, 3, 0, 3]) marked.mark(shard);
  expect(marked.take()).toEqual([3, 255, 0]);
  expect(marked.take()).toEqual([]);
  marked.mark(3);
  expect(marked.take()).toEqual([3]);
});

test("what was taken stays what it is while others are marked", () => {
  const marked = new MarkedShards();
  marked.mark(1);
  const taken = marked.take();
  marked.mark(2);
  expect(taken).toEqual([1]);
  expect(marked.take()).toEqual([2]);
});
