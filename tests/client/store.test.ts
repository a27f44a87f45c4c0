import fc from "fast-check";
import { KvClient } from "../../client/kv-client.ts";
import { op } from "../../client/operations.ts";
import { Store } from "../../client/store.ts";
import { Random } from "../../core/base/random.ts";
import { slotOf } from "../../core/shards/slots.ts";
import type { Fault } from "./fake-cluster.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { inFakeTime } from "./fake-time.ts";

const GROUPS = { "1": ["http://a:1", "http://b:1"], "2": ["http://c:1", "http://d:1"] };

function storeOf(cluster: FakeCluster, deadlineMs = 5_000): Store {
  return new Store(new KvClient({ endpoints: ["http://a:1", "http://c:1"], transport: cluster, deadlineMs }));
}

test("every call, over all shards", async () => {
  const store = storeOf(new FakeCluster(GROUPS));
  expect(await store.get("greeting")).toBeNull();
  expect(await store.put("greeting", "hello")).toMatchObject({ version: 1 });
  expect((await store.get("greeting"))?.text).toBe("hello");
  expect(await store.append("greeting", new Uint8Array([33]))).toMatchObject({ version: 2, length: 6 });
  expect((await store.increment("visits")).value).toBe(1n);
  expect((await store.increment("visits", 41n)).value).toBe(42n);
  await expect(store.put("greeting", "x", { ifVersion: 0 })).rejects.toMatchObject({ code: "versionMismatch", details: { version: 2 } });
  const { succeeded, results } = await store.txn({
    compare: [{ key: "a{t}", version: 0 }],
    then: [op.put("a{t}", "1"), op.put("b{t}", "2")],
  });
  expect([succeeded, results.length]).toEqual([true, 2]);
  await expect(store.txn({ then: [op.put("a", "1"), op.put("b", "2")] })).rejects.toMatchObject({ code: "crossSlot" });
  expect(await store.delete("greeting")).toMatchObject({ deleted: true });
  expect(await store.delete("greeting")).toMatchObject({ deleted: false });
});

test("a text comes back as it was put, with a byte order mark, too", async () => {
  const store = storeOf(new FakeCluster(GROUPS));
  await store.put("\ufeffkey", "\ufeffvalue");
  expect((await store.get("\ufeffkey"))?.text).toBe("\ufeffvalue");
  for await (const { keyText } of store.scan("")) expect(await store.get(keyText)).not.toBeNull();
});

test("half a character is no text: it is not taken for another key or value", async () => {
  const store = storeOf(new FakeCluster(GROUPS));
  const half = "\ud83d";
  await expect(store.put(half, "v")).rejects.toThrow("half a character");
  await expect(store.put("k", half)).rejects.toThrow("half a character");
  await expect(store.batch([op.put("k", "v"), op.append("k", half)])).rejects.toThrow("half a character");
  await expect(store.txn({ compare: [{ key: "k", value: half }], then: [op.put("k", "v")] })).rejects.toThrow("half a character");
  await expect(store.scan(half).next()).rejects.toThrow("half a character");
  expect((await store.put("🚀", "🚀")).version).toBe(1);
});

test("a batch over hundreds of shards, and a scan of it in byte order, page by page", async () => {
  const cluster = new FakeCluster(GROUPS);
  const store = storeOf(cluster);
  const keys = Array.from({ length: 300 }, (_, i) => `item/${i}`);
  const outcomes = await store.batch(keys.map((key) => op.put(key, key)));
  expect(outcomes.every(({ kind }) => kind === "done")).toBe(true);
  const seen: string[] = [];
  for await (const { keyText, text } of store.scan("item/", { pageSize: 70 })) {
    expect(text).toBe(keyText);
    seen.push(keyText);
  }
  expect(seen).toEqual([...keys].sort());
  const gets = await store.batch(keys.map((key) => op.get(key)));
  expect(gets.map((outcome) => (outcome.kind === "done" ? outcome.value?.text : outcome.kind))).toEqual(keys);
});

test("types of results follow the operations", async () => {
  const store = storeOf(new FakeCluster(GROUPS));
  const [put, sum, entry] = await store.batch([op.put("a", "1"), op.increment("n"), op.get("a")]);
  const version: number = put.kind === "done" ? put.value.version : 0;
  const value: bigint = sum.kind === "done" ? sum.value.value : 0n;
  const text: string | undefined = entry.kind === "done" ? entry.value?.text : "";
  expect([version, value, text]).toEqual([1, 1n, "1"]);
});

/** Faults come and go; leaders change and shards move in between. */
function trouble(cluster: FakeCluster, random: Random): () => Fault {
  const faults: readonly Fault[] = ["unreachable", "lostBefore", "lostAfter", "lostAfter", "noQuorum", "transferring", "shardMoving"];
  return () => {
    if (random.chance(0.02)) cluster.elect("1", random.pick(GROUPS["1"]));
    if (random.chance(0.02)) cluster.elect("2", random.pick(GROUPS["2"]));
    if (random.chance(0.05)) cluster.move(random.between(0, 255), random.pick(["1", "2"]));
    return random.chance(0.3) ? random.pick(faults) : "none";
  };
}

test("whatever is lost on the way, each write takes effect once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) =>
      inFakeTime(async () => {
        const cluster = new FakeCluster(GROUPS);
        const store = storeOf(cluster, 30_000);
        cluster.fault = trouble(cluster, new Random(seed));
        const keys = ["x", "y", "z"];
        const writes = keys.flatMap((key) => Array.from({ length: 10 }, (_, i) => store.append(key, `${i};`)));
        const batches = Array.from({ length: 5 }, () => store.batch(keys.map((key) => op.increment(`n/${key}`))));
        await Promise.all(writes);
        expect((await Promise.all(batches)).flat().map(({ kind }) => kind)).toEqual(Array(15).fill("done"));
        cluster.fault = () => "none";
        for (const key of keys) {
          const parts = (await store.get(key))?.text.split(";").slice(0, -1) ?? [];
          expect(parts.sort()).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
          expect((await store.get(`n/${key}`))?.text).toBe("5");
        }
      }),
    ),
    { numRuns: 20 },
  );
}, 60_000);

test("refused means that it did not happen, unknown that it may have", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) =>
      inFakeTime(async () => {
        const cluster = new FakeCluster(GROUPS);
        const store = storeOf(cluster, 40);
        const random = new Random(seed);
        cluster.fault = trouble(cluster, random);
        const counts = { done: 0, refused: 0, unknown: 0 };
        for (let i = 0; i < 20; i++) counts[(await store.outcome.increment("n")).kind] += 1;
        cluster.fault = () => "none";
        const counted = Number((await store.get("n", { deadlineMs: 5_000 }))?.text ?? 0);
        expect(counted).toBeGreaterThanOrEqual(counts.done);
        expect(counted).toBeLessThanOrEqual(counts.done + counts.unknown);
      }),
    ),
    { numRuns: 40 },
  );
}, 60_000);

test("keys of one tag are of one slot", () => {
  expect(slotOf(Buffer.from("lock:{t}"))).toBe(slotOf(Buffer.from("a{t}")));
});
