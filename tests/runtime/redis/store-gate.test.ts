import { refused } from "../../../core/base/outcome.ts";
import { slotOf } from "../../../core/shards/slots.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { StoreFixture } from "./store-fixture.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("reads that arrive together are one question to the replica, whoever asks", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const [one, other] = [fixture.connect(), fixture.connect()];
  one.send(["GET", "a"], ["MGET", "{t}b", "{t}c"]);
  other.send(["GET", "d"]);
  await turn();
  expect(fixture.asked).toHaveLength(1);
  fixture.release();
  await turn();
  expect([one.replies, other.replies]).toEqual([[null, [null, null]], [null]]);
  expect(fixture.counted).toEqual(["get done", "batch done", "get done"]);
});

test("a read that arrives after the question was asked gets one of its own", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const [one, other] = [fixture.connect(), fixture.connect()];
  one.send(["GET", "a"]);
  await turn();
  other.send(["GET", "a"]);
  await turn();
  expect(fixture.asked).toHaveLength(2);
});

test("every read of a round that is refused is judged for itself", async () => {
  const fixture = new StoreFixture();
  fixture.instead.push(refused("starting", "not yet"));
  const connection = fixture.connect();
  expect(await connection.ask(["GET", "{t}a"], ["GET", "{t}b"])).toEqual([null, null]); // asked again, as before anything had happened
  expect(fixture.asked).toHaveLength(2);
});

test("a member with much to apply sends on whoever asks it, and keeps only those whom nobody else can serve", async () => {
  const fixture = new StoreFixture();
  fixture.leader = 1;
  const connection = fixture.connect();
  await connection.ask(["READONLY"]);
  fixture.instead.push(refused("starting", "much to apply"));
  expect(await connection.ask(["GET", "a"])).toEqual([{ error: `MOVED ${slotOf(utf8("a"))} 127.0.0.1:7511` }]);
  fixture.leader = null;
  fixture.cluster.lookAgain();
  fixture.instead.push(refused("starting", "much to apply"));
  expect(await connection.ask(["GET", "a"])).toEqual([null]);
  expect(fixture.asked).toHaveLength(3);
});

test("whoever came to a member that does not lead is sent on; a connection that takes answers of followers is not", async () => {
  const fixture = new StoreFixture();
  fixture.leader = 1;
  const [one, other] = [fixture.connect(), fixture.connect()];
  await other.ask(["READONLY"]);
  const [moved, [served]] = await Promise.all([one.ask(["GET", "a"]), other.ask(["GET", "a"])]);
  expect(moved).toEqual([{ error: `MOVED ${slotOf(utf8("a"))} 127.0.0.1:7511` }]);
  expect(served).toBeNull();
  expect(fixture.asked).toHaveLength(1);
});
