// Commands that look through many keys, where not all of it can be seen, and where they begin later than they were asked.
import type { KeySpace } from "../../../../runtime/redis/key-space.ts";
import { StoreFixture } from "../store-fixture.ts";

const NOT_SERVED = { error: "CLUSTERDOWN a shard is not served here at the moment" };
const nobody: KeySpace = {
  keysAfter: () => Promise.resolve(null),
  keysOfShard: () => Promise.resolve(null),
  count: () => Promise.resolve(null),
  shuffledShards: () => [1, 2],
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

test.each([
  ["RANDOMKEY"],
  ["DBSIZE"],
  ["KEYS", "*"],
  ["SCAN", "0"],
  ["CLUSTER", "COUNTKEYSINSLOT", "7"],
  ["CLUSTER", "GETKEYSINSLOT", "7", "1"],
])("where nobody answers it is told as that, and not as none: %s %s", async (...command) => {
  const fixture = new StoreFixture();
  fixture.keys = nobody;
  expect(await fixture.connect().ask(command)).toEqual([NOT_SERVED]);
});

test.each([
  [["CLUSTER", "GETKEYSINSLOT", "1", "-1"], "ERR Invalid slot or number of keys"],
  [["CLUSTER", "GETKEYSINSLOT", "99999", "1"], "ERR Invalid slot or number of keys"],
  [["CLUSTER", "COUNTKEYSINSLOT", "99999"], "ERR Invalid slot"],
  [["WAIT", "0", "x"], "ERR timeout is not an integer or out of range"],
])("%j", async (command, text) => {
  expect(await new StoreFixture().connect().ask(command)).toEqual([{ error: text }]);
});

test("what begins late is answered in the version of when it was asked", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(["SET", "a", "1"], ["DEL", "a"], ["RANDOMKEY"], ["HELLO", "3"]);
  fixture.isHolding = false;
  fixture.release();
  for (let i = 0; i < 10; i++) await turn();
  expect(connection.written).toMatch(/^\+OK\r\n:1\r\n\$-1\r\n%7\r\n/);
});

test("what has not begun when its client goes away does not begin", async () => {
  const fixture = new StoreFixture();
  let walks = 0;
  fixture.keys = { ...nobody, keysAfter: () => (walks++, Promise.resolve({ keys: [], next: null })) };
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(["SET", "a", "1"], ["KEYS", "*"], ["KEYS", "*"]);
  connection.connection.over();
  fixture.release();
  for (let i = 0; i < 10; i++) await turn();
  expect(walks).toBe(0);
});
