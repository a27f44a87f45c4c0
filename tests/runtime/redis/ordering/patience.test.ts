// When the time of a command begins, seen from its connection: each moment that there is.
import { utf8 } from "../../../../core/base/bytes.ts";
import { refused, unknown } from "../../../../core/base/outcome.ts";
import { slotOf } from "../../../../core/shards/slots.ts";
import type { KeysPage } from "../../../../runtime/redis/key-space.ts";
import { Patience } from "../../../../runtime/redis/ordering/patience.ts";
import { eventually } from "../../manual-clock.ts";
import type { FakeConnection } from "../store-fixture.ts";
import { StoreFixture } from "../store-fixture.ts";

const OK = { status: "OK" };
const TOOK_ALL = { error: "CLUSTERDOWN what came before it on its slot took all the time that there was" };
const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
};

class World {
  nowMs = 0;
  readonly fixture = new StoreFixture();
  readonly connection: FakeConnection;

  constructor() {
    this.fixture.monotonicMs = () => this.nowMs;
    this.connection = this.fixture.connect();
  }
}

test("it is five seconds from the latest moment at which it became its turn", () => {
  const patience = new Patience(10);
  expect(patience.untilMs).toBe(5_010);
  patience.turnsAt(7);
  expect(patience.untilMs).toBe(5_010);
  patience.turnsAt(12);
  expect(patience.untilMs).toBe(5_012);
});

test("from its arrival, where nothing is before it", async () => {
  const world = new World();
  const { fixture, connection } = world;
  fixture.leader = null;
  fixture.instead.push(...Array.from({ length: 1_000 }, () => refused("notLeader", "nobody")));
  world.nowMs = 100;
  connection.send(["SET", "a", "1"]);
  world.nowMs = 5_000;
  await eventually("it is tried again", () => fixture.asked.length > 2);
  expect(connection.replies).toEqual([]);
  world.nowMs = 5_090;
  await eventually("it is answered", () => connection.replies.length > 0);
  expect(connection.replies).toEqual([{ error: "CLUSTERDOWN no leader for group 1" }]);
});

test("from when what was before it on its slot is done, however long that took", async () => {
  const world = new World();
  const { fixture, connection } = world;
  fixture.isHolding = true;
  connection.send(["SET", "a", "1"], ["GET", "a"], ["SET", "a", "2"]);
  world.nowMs = 4_900;
  fixture.release();
  await turns();
  world.nowMs = 5_800;
  fixture.release();
  await turns();
  fixture.release();
  await turns();
  expect(connection.replies).toEqual([OK, "1", OK]);
  expect(fixture.timeoutsMs).toEqual([5_000, 1_000, 5_000]);
});

test("from when a look at its slot is over that had to wait for one at all keys", async () => {
  const world = new World();
  const { fixture } = world;
  let found: (page: KeysPage) => void = () => undefined;
  fixture.keys = {
    keysAfter: () => new Promise((resolve) => (found = resolve)),
    keysOfShard: () => Promise.resolve({ keys: [], next: null }),
    count: () => Promise.resolve(0),
    shuffledShards: () => Promise.resolve([]),
  };
  const connection = fixture.connect();
  connection.send(["KEYS", "*"], ["CLUSTER", "COUNTKEYSINSLOT", String(slotOf(utf8("a")))], ["SET", "a", "1"]);
  await turns();
  world.nowMs = 6_000;
  found({ keys: [], next: null });
  await turns();
  expect(connection.replies).toEqual([[], 0n, OK]);
  expect(fixture.timeoutsMs).toEqual([5_000]);
});

test("from when its client has taken what it had to take first", async () => {
  const world = new World();
  const { fixture, connection } = world;
  await connection.ask(["SET", "a", "1"]);
  connection.unsentBytes = 20_000_000;
  connection.send(["GET", "a"]);
  await turns();
  world.nowMs = 60_000;
  connection.unsentBytes = 0;
  fixture.leader = null;
  fixture.instead.push(refused("notLeader", "nobody"), refused("notLeader", "nobody"));
  connection.connection.taken();
  await eventually("it is answered", () => connection.replies.length > 1);
  expect(connection.replies).toEqual([OK, "1"]);
});

test("not from when something before it was given up: what has waited as long is given up, too, and not told that it may have been done", async () => {
  const world = new World();
  const { fixture, connection } = world;
  fixture.isHolding = true;
  fixture.instead.push(unknown("deadline"));
  connection.send(["INCR", "a"], ["GET", "a"], ["INCR", "a"]);
  world.nowMs = 5_000;
  fixture.release();
  await turns();
  expect(connection.replies).toEqual([{ error: "ERR UNKNOWN whether it was done: deadline" }, TOOK_ALL, TOOK_ALL]);
  expect(fixture.asked).toHaveLength(1);
});
