import { ShardHold } from "../../../../runtime/http/kv/shard-hold.ts";

test("one tries, the others wait for how it ends; then the next one tries", async () => {
  const hold = new ShardHold();
  const [first, second, third] = [{}, {}, {}];
  expect(hold.wait(7, first)).toBeNull();
  expect(hold.wait(7, first)).toBeNull();
  const waiting = hold.wait(7, second);
  expect(waiting).not.toBeNull();
  expect(hold.wait(8, third)).toBeNull();
  let hasEnded = false;
  void waiting?.then(() => (hasEnded = true));
  hold.end(7, second);
  hold.end(7, third);
  await Promise.resolve();
  expect(hasEnded).toBe(false);
  hold.end(7, first);
  await waiting;
  expect(hold.wait(7, second)).toBeNull();
});
