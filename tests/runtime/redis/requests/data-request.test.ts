// How much memory a write keeps while it waits: what is encoded shares a slab with others, and those that wait wait for long.
import { refused } from "../../../../core/base/outcome.ts";
import { StoreFixture } from "../store-fixture.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Of each write that was asked, in their order: whether its memory is its own. */
const ownMemory = ({ asked }: StoreFixture): readonly boolean[] =>
  asked.flatMap((each) => (each.kind === "write" ? [each.command.length === each.command.buffer.byteLength] : []));

test("a write that is asked at once is not copied", async () => {
  const fixture = new StoreFixture();
  expect(await fixture.connect().ask(["SET", "a", "1"])).toEqual([{ status: "OK" }]);
  expect(ownMemory(fixture)).toEqual([false]);
});

test("a write that waits for its turn keeps its own bytes and no slab", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(["GET", "{t}a"], ["SET", "{t}a", "1"], ["SET", "{t}b", "2"]);
  await turn();
  fixture.isHolding = false;
  fixture.release();
  await turn();
  expect(await connection.ask(["MGET", "{t}a", "{t}b"])).toEqual([["1", "2"]]);
  expect(ownMemory(fixture)).toEqual([true, true]);
});

test("a write that is tried again keeps its own bytes and no slab", async () => {
  const fixture = new StoreFixture();
  fixture.leader = null;
  fixture.instead.push(refused("notLeader", "no leader is known"));
  const connection = fixture.connect();
  expect(await connection.ask(["SET", "a", "1"], ["GET", "a"])).toEqual([{ status: "OK" }, "1"]);
  expect(ownMemory(fixture)).toEqual([false, true]);
});
