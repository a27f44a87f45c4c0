// The lock, with the tests of the 6.824 lock lab among others: nobody holds it beside anybody else, whatever gets lost.
import { KvClient } from "../../client/kv-client.ts";
import type { Lock } from "../../client/lock.ts";
import { op } from "../../client/operations.ts";
import { Store } from "../../client/store.ts";
import { Random } from "../../core/base/random.ts";
import type { Fault } from "./fake-cluster.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { inFakeTime } from "./fake-time.ts";

const GROUPS = { "1": ["http://a:1"] };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function storeOf(cluster: FakeCluster): Store {
  return new Store(new KvClient({ endpoints: ["http://a:1"], transport: cluster }));
}

/** As long as in the labs. */
const LOOP_MS = 2_000;

/** One client of the lab: acquires, looks whether anybody else is there, writes, holds, clears, releases. */
async function work(store: Store, untilMs: number): Promise<number> {
  let rounds = 0;
  for (; performance.now() < untilMs; rounds++) {
    const lock = await store.lock("l", { deadlineMs: 20_000 });
    const entry = await store.get("protected");
    if (entry !== null && entry.text !== "") throw new Error(`two holders: ${entry.text} is here, too`);
    const { version } = await store.put("protected", `${lock.fence}`, { ifVersion: entry?.version ?? 0 });
    await sleep(10);
    await store.put("protected", "", { ifVersion: version });
    await lock.release();
  }
  return rounds;
}

const reliable = (): Fault => "none";
function unreliable(seed: number): () => Fault {
  const random = new Random(seed);
  return () => (random.chance(0.1) ? "lostBefore" : random.chance(0.1) ? "lostAfter" : "none");
}

test.each([
  { name: "TestOneClientReliable", clients: 1, fault: reliable },
  { name: "TestManyClientsReliable", clients: 10, fault: reliable },
  { name: "TestOneClientUnreliable", clients: 1, fault: unreliable(1) },
  { name: "TestManyClientsUnreliable", clients: 10, fault: unreliable(2) },
])("$name", async ({ clients, fault }) => {
  const rounds = await inFakeTime(() => {
    const cluster = new FakeCluster(GROUPS);
    cluster.fault = fault;
    const untilMs = performance.now() + LOOP_MS;
    return Promise.all(Array.from({ length: clients }, () => work(storeOf(cluster), untilMs)));
  });
  expect(rounds.reduce((sum, each) => sum + each)).toBeGreaterThan(clients);
});

test("TestReliableNested: several locks at once, released in any order", async () => {
  const store = storeOf(new FakeCluster(GROUPS));
  const [a, b] = [await store.lock("a"), await store.lock("b")];
  await a.release();
  const again = await store.lock("a");
  expect(b.isHeld).toBe(true);
  await b.release();
  expect([a.isHeld, b.isHeld, again.isHeld]).toEqual([false, false, true]);
});

test("writes without a serial are as safe, if some get no answer for good", async () => {
  const counted = { inside: 0, most: 0, rounds: 0 };
  const workPlain = async (store: Store, untilMs: number): Promise<void> => {
    while (performance.now() < untilMs) {
      const lock = await store.lock("l", { deadlineMs: 20_000, ttlMs: 2_000 });
      counted.most = Math.max(counted.most, ++counted.inside);
      counted.rounds += 1;
      await sleep(3);
      counted.inside -= 1;
      await lock.release();
    }
  };
  await inFakeTime(() => {
    const cluster = new FakeCluster(GROUPS);
    cluster.fault = unreliable(3);
    const plain = (): Store => new Store(new KvClient({ endpoints: ["http://a:1"], transport: cluster, exactlyOnce: false }));
    const untilMs = performance.now() + LOOP_MS;
    return Promise.all(Array.from({ length: 4 }, () => workPlain(plain(), untilMs)));
  });
  expect(counted.most).toBe(1);
  expect(counted.rounds).toBeGreaterThan(4);
}, 60_000);

test("who waits too long is refused; a wait can be ended", async () => {
  const store = storeOf(new FakeCluster(GROUPS));
  const held = await store.lock("l");
  await expect(store.lock("l", { deadlineMs: 80 })).rejects.toMatchObject({ name: "RefusedError", code: "deadline" });
  await expect(store.lock("l", { deadlineMs: 60_000, signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ code: "deadline" });
  expect(held.isHeld).toBe(true);
});

test("is renewed for as long as it is held, and the fence of each holder is higher", async () => {
  const store = storeOf(new FakeCluster(GROUPS));
  const first = await store.lock("l", { ttlMs: 1_000 });
  await sleep(2_200);
  expect([first.isHeld, first.signal.reason]).toEqual([true, undefined]);
  await expect(store.lock("l", { deadlineMs: 20 })).rejects.toThrow();
  await first.release();
  expect(first.signal.aborted).toBe(true);
  const second = await store.lock("l");
  expect(second.fence).toBeGreaterThan(first.fence);
});

test("a holder that can't renew it gives up before the store lets the next one in", async () => {
  const cluster = new FakeCluster(GROUPS);
  const [store, other] = [storeOf(cluster), storeOf(cluster)];
  const lock = await store.lock("l", { ttlMs: 300 });
  const lostMs = new Promise<number>((resolve) => lock.signal.addEventListener("abort", () => resolve(performance.now())));
  cluster.fault = ({ headers }) => (headers["flotilla-client"] === "client-0" ? "lostBefore" : "none");
  await other.lock("l", { deadlineMs: 5_000 });
  const nextMs = performance.now();
  expect(await lostMs).toBeLessThan(nextMs);
  expect(lock.isHeld).toBe(false);
});

// F46: the holder is paused for longer than its time to live, and goes on as if nothing had happened.
test("a lock held by two after a pause: the first one's writes are fenced off", async () => {
  let nowMs = 0;
  const cluster = new FakeCluster(GROUPS, () => nowMs);
  const [paused, other] = [storeOf(cluster), storeOf(cluster)];
  const first = await paused.lock("{job}", { ttlMs: 60_000 });
  const write = (store: Store, lock: Lock, value: string): Promise<{ succeeded: boolean }> =>
    store.txn({ compare: [lock.guard], then: [op.put("result{job}", value)] });
  expect((await write(paused, first, "1")).succeeded).toBe(true);
  nowMs += 60_000; // only the store's time passes: the holder notices nothing
  const second = await other.lock("{job}");
  expect([first.isHeld, second.isHeld]).toEqual([true, true]);
  expect((await write(other, second, "2")).succeeded).toBe(true);
  expect((await write(paused, first, "late")).succeeded).toBe(false);
  expect((await paused.get("result{job}"))?.text).toBe("2");
  expect(second.fence).toBeGreaterThan(first.fence);
  expect((await first.release()).kind).toBe("done");
  expect(await other.get(second.key)).not.toBeNull(); // who is late frees nobody else's lock
});

test("a renewal that finds another holder ends it", async () => {
  let nowMs = 0;
  const cluster = new FakeCluster(GROUPS, () => nowMs);
  const [paused, other] = [storeOf(cluster), storeOf(cluster)];
  const first = await paused.lock("l", { ttlMs: 3_000 });
  nowMs += 3_000;
  await other.lock("l", { ttlMs: 60_000 });
  await new Promise((resolve) => first.signal.addEventListener("abort", resolve));
  expect(String(first.signal.reason)).toContain("somebody else");
});

test("an attempt that was given up without an answer frees what it may have taken", async () => {
  const cluster = new FakeCluster(GROUPS);
  const [store, other] = [storeOf(cluster), storeOf(cluster)];
  cluster.fault = ({ headers }) => (headers["flotilla-serial"] === undefined ? "none" : "lostAfter");
  await expect(store.lock("l", { ttlMs: 60_000, deadlineMs: 50 })).rejects.toMatchObject({ name: "UnknownOutcomeError" });
  cluster.fault = () => "none";
  await other.lock("l", { deadlineMs: 4_000 });
});

test("an answer that comes when the time to live is over gives nobody a lock that is somebody else's by then", async () => {
  const cluster = new FakeCluster(GROUPS);
  const [slow, other] = [storeOf(cluster), storeOf(cluster)];
  cluster.fault = ({ headers }) => (headers["flotilla-client"] === "client-0" ? "lostAfter" : "none");
  await inFakeTime(async () => {
    const asked = slow.lock("l", { ttlMs: 300, deadlineMs: 4_000 });
    await sleep(400);
    const held = await other.lock("l");
    cluster.fault = () => "none";
    await sleep(500);
    expect(held.isHeld).toBe(true);
    await held.release();
    const lock = await asked;
    expect(lock.isHeld).toBe(true);
    expect(lock.fence).toBeGreaterThan(held.fence);
    await lock.release();
  });
});

test("a time to live that nobody could renew in time is a mistake", async () => {
  await expect(storeOf(new FakeCluster(GROUPS)).lock("l", { ttlMs: 10 })).rejects.toThrow("ttlMs");
});

test("a lock for months is held until it is released", async () => {
  const store = storeOf(new FakeCluster(GROUPS));
  const lock = await store.lock("l", { ttlMs: 100 * 86_400_000, deadlineMs: Infinity });
  await sleep(50);
  expect([lock.isHeld, lock.signal.aborted]).toEqual([true, false]);
  await lock.release();
});
