// What a connection remembers of the keys that it watches.
import { expect, test } from "@jest/globals";
import { WatchSet } from "../../../../runtime/redis/requests/watch-set.ts";

test("it keeps the keys, and not what they were read with", () => {
  const watched = new WatchSet();
  const read = Buffer.from(`key${"x".repeat(65_536)}`);
  watched.saw(read.subarray(0, 3), 7);
  read.fill(0);
  const [first] = watched.comparisons();
  expect(first).toMatchObject({ kind: "revision", key: new Uint8Array(Buffer.from("key")), revision: 7 });
  expect(first?.key.buffer.byteLength).toBe(3);
});
