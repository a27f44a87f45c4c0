import fc from "fast-check";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { decodeCommand, decodeQuery, encodeCommand, encodeQuery, isRead, NO_GUARDS } from "../../../core/kv/commands.ts";
import type { KvCommand, KvQuery, KvWrite, TimeToLive } from "../../../core/kv/commands.ts";
import { KvRestoration } from "../../../core/kv/kv-snapshot.ts";
import { KvShard } from "../../../core/kv/kv-shard.ts";
import { decodeResult, encodeResult } from "../../../core/kv/results.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { NaiveShard } from "./naive-shard.ts";
import { command, query } from "./random-commands.ts";
import { nextSlice, slicesOf } from "../replica/snapshots/slices.ts";

const put = (key: string, value: string, ms = 0): KvCommand => ({
  kind: "put",
  key: utf8(key),
  guards: NO_GUARDS,
  value: utf8(value),
  ...(ms === 0 ? {} : { ttl: { kind: "after", ms } }),
});
const remove = (key: string): KvCommand => ({ kind: "delete", key: utf8(key), guards: NO_GUARDS });

/** Messages are for people and are not compared. */
function withoutMessages<T>(result: T): T {
  const text = JSON.stringify(result, (name: string, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof Uint8Array) return textOf(value);
    return name === "message" ? "" : value;
  });
  return JSON.parse(text) as T;
}

type Step =
  | { readonly kind: "command"; readonly command: KvCommand; readonly later: number }
  | { readonly kind: "query"; readonly query: KvQuery }
  | { readonly kind: "expire"; readonly max: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("command" as const), command, later: fc.nat({ max: 15 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("query" as const), query }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire" as const), max: fc.nat({ max: 3 }) }) },
);

function throughBytes(command: KvCommand): KvCommand {
  const decoded = decodeCommand(encodeCommand(command));
  expect(decoded).toEqual(command);
  return decoded as KvCommand;
}

function scanned(naive: NaiveShard, { prefix, after }: Extract<KvQuery, { kind: "scan" }>, stampMs: number): string[] {
  const below = after === null ? null : textOf(after);
  const keys = [...naive.items.keys()].filter((key) => key.startsWith(textOf(prefix)) && (below === null || key > below));
  return keys.filter((key) => naive.at(utf8(key), stampMs) !== undefined).sort();
}

/** Follows the pages to their end. */
function pages(shard: KvShard, first: Extract<KvQuery, { kind: "scan" }>, stampMs: number): string[] {
  const keys: string[] = [];
  for (let after = first.after; ;) {
    const page = shard.query({ ...first, after }, { stampMs });
    if (page.kind !== "scanned") throw new Error(page.kind);
    expect(page.entries.length).toBeLessThanOrEqual(first.limit);
    keys.push(...page.entries.map(({ key }) => textOf(key)));
    if (page.next === null) return keys;
    after = page.next;
  }
}

function compareQuery(shard: KvShard, naive: NaiveShard, asked: { readonly query: KvQuery; readonly stampMs: number }): void {
  const { query, stampMs } = asked;
  const read = decodeQuery(encodeQuery(query));
  expect(read).toEqual(query);
  if (query.kind === "scan") {
    if (query.limit > 0) expect(pages(shard, query, stampMs)).toEqual(scanned(naive, query, stampMs));
    return;
  }
  const result = shard.query(query, { stampMs });
  if (query.kind === "batch" && !query.operations.every(isRead)) expect(result.kind).toBe("badRequest");
  else expect(withoutMessages(result)).toEqual(withoutMessages(naiveRead(naive, query, stampMs)));
}

function naiveRead(naive: NaiveShard, query: Exclude<KvQuery, { kind: "scan" }>, stampMs: number): KvResult {
  if (query.kind !== "get" && query.kind !== "describe") return naive.apply(query, stampMs);
  const batch = naive.apply({ kind: "batch", operations: [query] }, stampMs);
  return batch.kind === "batched" ? (batch.results[0] as KvResult) : batch;
}

test("a shard does what a naive one does", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const shard = new KvShard();
      const naive = new NaiveShard();
      let stampMs = 1;
      for (const each of steps) {
        if (each.kind === "query") compareQuery(shard, naive, { query: each.query, stampMs });
        if (each.kind === "expire") expect(shard.expire(each.max, { stampMs })).toBe(naive.expire(each.max, stampMs));
        if (each.kind !== "command") continue;
        stampMs += each.later;
        const changed: string[] = [];
        const result = shard.apply(throughBytes(each.command), { stampMs, onChange: (key) => changed.push(textOf(key)) });
        expect(withoutMessages(result)).toEqual(withoutMessages(naive.apply(each.command, stampMs)));
        expect(changed).toEqual(naive.changed);
        expect(decodeResult(encodeResult(result))).toEqual(result);
        expect([shard.revision, shard.size]).toEqual([naive.revision, naive.items.size]);
      }
      compareContents(shard, naive);
    }),
    { numRuns: 1_000 },
  );
});

function compareContents(shard: KvShard, naive: NaiveShard): void {
  const deadlines = [...naive.items.values()].map(({ deadline }) => deadline).filter((deadline) => deadline > 0);
  expect(shard.nextDeadlineMs).toBe(deadlines.length === 0 ? null : Math.min(...deadlines));
  const { items } = shard.exportItems(null, 100_000_000);
  const twin = new KvShard();
  expect(items.map((item) => textOf(twin.importItem(item) as Uint8Array))).toEqual([...naive.items.keys()].sort());
  twin.raiseRevision(shard.revision);
  expect(twin.digest()).toBe(shard.digest());
  expect(twin.nextDeadlineMs).toBe(shard.nextDeadlineMs);
}

test("no bytes make a shard throw, and two of them agree", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 24, max: 9 }), { maxLength: 20 }), (garbage) => {
      const [shard, twin] = [new KvShard(), new KvShard()];
      garbage.forEach((bytes, stampMs) => {
        const [decoded, asked] = [decodeCommand(bytes), decodeQuery(bytes)];
        if (decoded !== null) expect(twin.apply(decoded, { stampMs })).toEqual(shard.apply(decoded, { stampMs }));
        if (asked !== null) expect(decodeResult(encodeResult(shard.query(asked, { stampMs })))).not.toBeNull();
        shard.importItem(bytes);
        twin.importItem(bytes);
      });
      expect(twin.digest()).toBe(shard.digest());
    }),
    { numRuns: 2_000 },
  );
});

test("a key that has ended is absent before it is removed, and its removal is a change of its own", () => {
  const shard = new KvShard();
  shard.apply(put("a", "1", 10), { stampMs: 100 });
  const get = (stampMs: number): KvResult => shard.query({ kind: "get", key: utf8("a") }, { stampMs });
  expect(get(109)).toEqual({ kind: "found", version: 1, revision: 1, value: utf8("1"), deadlineMs: 110 });
  expect(get(110)).toEqual({ kind: "absent" });
  expect([shard.size, shard.nextDeadlineMs]).toEqual([1, 110]);
  const changed: string[] = [];
  expect(shard.expire(10, { stampMs: 109, onChange: (key) => changed.push(textOf(key)) })).toBe(0);
  expect(shard.expire(10, { stampMs: 110, onChange: (key) => changed.push(textOf(key)) })).toBe(1);
  expect([shard.size, shard.nextDeadlineMs, shard.revision, changed]).toEqual([0, null, 2, ["a"]]);
});

test("what has ended is removed in order of the deadlines, no more than was asked for", () => {
  const shard = new KvShard();
  for (const [key, ms] of [
    ["a", 30],
    ["b", 10],
    ["c", 20],
    ["d", 500],
  ] as const)
    shard.apply(put(key, "", ms), { stampMs: 1 });
  const changed: string[] = [];
  const context = { stampMs: 100, onChange: (key: Uint8Array): number => changed.push(textOf(key)) };
  expect([shard.expire(2, context), shard.expire(2, context), shard.expire(2, context)]).toEqual([2, 1, 0]);
  expect(changed).toEqual(["b", "c", "a"]);
});

test("a query changes nothing", () => {
  const shard = new KvShard();
  const write = { kind: "put", key: utf8("a"), guards: NO_GUARDS, value: utf8("1") } as const;
  const before = shard.digest();
  for (const asked of [
    { kind: "batch", operations: [write] },
    { kind: "txn", compare: [], then: [write], else: [] },
    { kind: "txn", compare: [], then: [{ kind: "get", key: write.key }], else: [write] },
  ] as const) {
    expect(shard.query(asked, { stampMs: 1 }).kind).toBe("badRequest");
  }
  expect(shard.digest()).toBe(before);
});

test("items move as they are: version, revision and deadline", () => {
  const [source, receiver] = [new KvShard(), new KvShard()];
  for (const value of ["1", "2"]) source.apply(put("a", value, 50), { stampMs: 100 });
  source.apply(put("b", "x"), { stampMs: 100 });
  source.apply(remove("b"), { stampMs: 100 });
  expect(source.exportItem(utf8("b"))).toBeNull();
  receiver.importItem(source.exportItem(utf8("a")) as Uint8Array);
  expect(receiver.query({ kind: "get", key: utf8("a") }, { stampMs: 149 })).toEqual({
    kind: "found",
    version: 2,
    revision: 2,
    value: utf8("2"),
    deadlineMs: 150,
  });
  expect(receiver.digest()).not.toBe(source.digest());
  receiver.raiseRevision(source.revision);
  receiver.raiseRevision(1);
  expect(receiver.digest()).toBe(source.digest());
  expect(receiver.apply(put("c", ""), { stampMs: 100 })).toEqual({ kind: "written", version: 1, revision: 5 });
});

test("an import takes the place of what is there, a removal is no change", () => {
  const [source, receiver] = [new KvShard(), new KvShard()];
  source.apply(put("a", "1", 50), { stampMs: 100 });
  receiver.importItem(source.exportItem(utf8("a")) as Uint8Array);
  source.apply(put("a", "2"), { stampMs: 100 });
  receiver.importItem(source.exportItem(utf8("a")) as Uint8Array);
  expect(receiver.nextDeadlineMs).toBeNull();
  receiver.removeItem(utf8("a"));
  receiver.removeItem(utf8("never there"));
  expect(receiver.digest()).toBe(new KvShard().digest());
});

test("items are exported in pages, each with one at least", () => {
  const shard = new KvShard();
  for (let i = 0; i < 20; i++) shard.apply(put(String(i), "x".repeat(i)), { stampMs: 1 });
  for (const bytesMax of [1, 40, 10_000]) {
    const twin = new KvShard();
    let count = 0;
    for (let after: Uint8Array | null = null; ;) {
      const page = shard.exportItems(after, bytesMax);
      const bytes = page.items.reduce((sum, item) => sum + item.length, 0);
      expect(page.items.length === 1 || bytes <= bytesMax).toBe(true);
      count += page.items.length;
      for (const item of page.items) twin.importItem(item);
      after = page.next;
      if (after === null) break;
    }
    expect(count).toBe(20);
    twin.raiseRevision(shard.revision);
    expect(twin.digest()).toBe(shard.digest());
  }
  expect(new KvShard().exportItems(null, 10)).toEqual({ items: [], next: null });
});

test("a snapshot is what was there when it was taken, and a shard goes on from it", () => {
  const shard = new KvShard();
  for (let i = 0; i < 200; i++) shard.apply(put(`k${i}`, "x".repeat(i), i % 3 === 0 ? i + 1 : 0), { stampMs: 100 });
  const digest = shard.digest();
  const restoration = new KvRestoration();
  for (const slice of slicesOf(shard.snapshot(), 300)) {
    expect(restoration.write(slice)).toBe(true);
    shard.apply(put("k150", "later"), { stampMs: 101 });
    shard.apply(remove("k199"), { stampMs: 101 });
    shard.expire(1, { stampMs: 200 });
  }
  const twin = new KvShard(restoration.finish() ?? undefined);
  expect(twin.digest()).toBe(digest);
  expect(twin.nextDeadlineMs).toBe(101);
  expect(twin.expire(1_000, { stampMs: 10_000 })).toBe(67);
});

test("a shard keeps copies: later changes of a command's memory don't reach it", () => {
  const shard = new KvShard();
  const bytes = encodeCommand(put("key", "value"));
  shard.apply(decodeCommand(bytes) as KvCommand, { stampMs: 1 });
  bytes.fill(0);
  const found = shard.query({ kind: "get", key: utf8("key") }, { stampMs: 1 });
  expect(found.kind === "found" ? textOf(found.value) : found).toBe("value");
});

/** Of several hundred keys, some of them of one slot, with values of any size. */
function manyCommands(random: Random): KvCommand {
  const name = (): Uint8Array => utf8(random.chance(0.3) ? `{t}${random.between(0, 300)}` : `${random.between(0, 900)}`);
  const value = (): Uint8Array => new Uint8Array(random.chance(0.02) ? random.between(16_000, 17_000) : random.between(0, 60)).fill(65);
  const ttl = (): TimeToLive => (random.chance(0.3) ? { kind: "after", ms: random.between(1, 400) } : { kind: "forever" });
  const single = (key = name()): KvWrite => {
    const guards = random.chance(0.1) ? { ifVersion: random.between(0, 2), ifRevision: null } : NO_GUARDS;
    const kind = random.between(0, 5);
    if (kind === 0) return { kind: "delete", key, guards };
    if (kind === 1) return { kind: "append", key, guards, value: value() };
    if (kind === 2) return { kind: "expire", key, guards, ttl: ttl() };
    if (kind === 3) return { kind: "rename", key, guards, to: utf8(`{t}${random.between(0, 300)}`) };
    return { kind: "put", key, guards, value: value(), ttl: ttl() };
  };
  if (random.chance(0.8)) return single();
  const operations = Array.from({ length: random.between(1, 6) }, () => single(utf8(`{t}${random.between(0, 300)}`)));
  return random.chance(0.5) ? { kind: "batch", operations } : { kind: "txn", compare: [], then: operations, else: [] };
}

test.each([1, 2, 3, 4])(
  "many keys, with snapshots that are read while it goes on: what a naive shard holds, and the same digest (seed %i)",
  (seed) => {
    const random = new Random(seed);
    const naive = new NaiveShard();
    let shard = new KvShard();
    let stampMs = 1;
    let reading: { readonly source: ReturnType<KvShard["snapshot"]>; readonly into: KvRestoration; readonly digest: string } | null = null;
    for (let step = 0; step < 1_200; step++) {
      stampMs += random.between(0, 3);
      const command = manyCommands(random);
      expect(withoutMessages(shard.apply(command, { stampMs }))).toEqual(withoutMessages(naive.apply(command, stampMs)));
      if (random.chance(0.2)) expect(shard.expire(20, { stampMs })).toBe(naive.expire(20, stampMs));
      reading ??= random.chance(0.05) ? { source: shard.snapshot(), into: new KvRestoration(), digest: shard.digest() } : null;
      if (reading === null) continue;
      const slice = nextSlice(reading.source, random.between(1, 5_000));
      if (slice !== null) expect(reading.into.write(slice)).toBe(true);
      else {
        const restored = new KvShard(reading.into.finish() ?? undefined);
        expect([restored.digest(), reading.source.isSound]).toEqual([reading.digest, true]);
        reading = null;
        if (random.chance(0.5)) shard = reread(shard);
      }
    }
    compareContents(shard, naive);
  },
);

/** As it is after a restart. */
function reread(shard: KvShard): KvShard {
  const into = new KvRestoration();
  for (const slice of slicesOf(shard.snapshot(), 10_000)) into.write(slice);
  return new KvShard(into.finish() ?? undefined);
}
