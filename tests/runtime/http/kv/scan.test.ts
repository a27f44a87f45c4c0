import * as fc from "fast-check";
import { compareBytes, utf8 } from "../../../../core/base/bytes.ts";
import { asGroup, asIndex, asTerm } from "../../../../core/base/ids.ts";
import { done } from "../../../../core/base/outcome.ts";
import { decodeQuery, NO_GUARDS } from "../../../../core/kv/commands.ts";
import { KvShard } from "../../../../core/kv/kv-shard.ts";
import { SCAN_BYTES_MAX } from "../../../../core/kv/limits.ts";
import { encodeResult } from "../../../../core/kv/results.ts";
import { decodeGroupQuery } from "../../../../core/shards/group-commands.ts";
import { shardOf, SHARDS } from "../../../../core/shards/slots.ts";
import type { ScanCall } from "../../../../runtime/http/kv/many-requests.ts";
import type { ScanRequest } from "../../../../runtime/http/kv/scan.ts";
import { Scans } from "../../../../runtime/http/kv/scan.ts";
import type { Routed, RoutedRequest, ShardRouter } from "../../../../runtime/http/kv/shard-router.ts";

const OWN = asGroup("1");
const NOW_MS = 1_000;
const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard);

/** A group of one member that has every shard. */
class Store {
  /** What all answers took so far. */
  toldBytes = 0;
  readonly scans: Scans;
  readonly #shards = ALL_SHARDS.map(() => new KvShard());

  constructor() {
    const perform = ({ operation }: RoutedRequest): Promise<Routed> => Promise.resolve(this.#answer(operation));
    this.scans = new Scans({ groupOf: () => OWN, perform } as unknown as ShardRouter, OWN);
  }

  put(key: Uint8Array, value: Uint8Array, endsMs = 0): void {
    const command = { kind: "put", key, guards: NO_GUARDS, value } as const;
    const shard = this.#shards[shardOf(key)];
    shard?.apply(endsMs === 0 ? command : { ...command, ttl: { kind: "at", ms: endsMs } }, { stampMs: 1 });
  }

  async page(call: Partial<ScanCall>) {
    const whole = { prefix: utf8(""), after: null, limit: 100, shards: ALL_SHARDS, ...call } as ScanCall;
    const outcome = await this.scans.page({
      call: whole,
      untilMs: 1,
      route: "anywhere",
      headers: {},
      caller: {},
    } as unknown as ScanRequest);
    if (outcome.kind !== "done") throw new Error(outcome.kind);
    return outcome.value;
  }

  #answer(operation: RoutedRequest["operation"]): Routed {
    const asked = operation.kind === "read" ? decodeGroupQuery(operation.query) : null;
    const query = asked?.kind === "inShard" ? decodeQuery(asked.query) : null;
    if (asked?.kind !== "inShard" || query === null) throw new Error("a scan asks shards");
    const result = encodeResult((this.#shards[asked.shard] as KvShard).query(query, { stampMs: NOW_MS }));
    this.toldBytes += result.length;
    return { kind: "here", outcome: done({ kind: "result", result, index: asIndex(1), term: asTerm(1) }) };
  }
}

const key = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 }),
  fc.constantFrom("a", "ab", "\u00e4", "\u{1f600}", "\uffff", "a\u0000").map(utf8),
);
const keys = fc.uniqueArray(key, { maxLength: 40, selector: (each) => Buffer.from(each).toString("hex") });

test("pages over all shards are the keys of a sorted list: each that is there once, by prefix, behind any key, in pages of any size", async () => {
  const asked = fc.record({
    prefix: fc.oneof(fc.constant(utf8("")), fc.uint8Array({ maxLength: 2, max: 3 }), fc.constant(utf8("a"))),
    after: fc.option(key),
    limit: fc.integer({ min: 1, max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(keys, asked, async (all, { prefix, after, limit }) => {
      const store = new Store();
      all.forEach((each, i) => store.put(each, new Uint8Array(i), i % 5 === 4 ? NOW_MS : 0));
      const there = all.filter((_, i) => i % 5 !== 4).sort(compareBytes);
      const begins = (each: Uint8Array): boolean => compareBytes(each.subarray(0, prefix.length), prefix) === 0;
      const expected = there.filter((each) => begins(each) && (after === null || compareBytes(each, after) > 0));
      const found: Uint8Array[] = [];
      for (let from: Uint8Array | null = after; ;) {
        const page = await store.page({ prefix, after: from, limit });
        expect(page.entries.length).toBeLessThanOrEqual(limit);
        found.push(...page.entries.map((entry) => entry.key));
        if (page.next === null) break;
        expect(from === null || compareBytes(page.next, from) > 0).toBe(true);
        from = page.next;
      }
      expect(found.map((each) => [...each])).toEqual(expected.map((each) => [...each]));
    }),
    { numRuns: 60 },
  );
});

test("a page of large values holds not much more than it tells, however many shards there are", async () => {
  const store = new Store();
  const value = new Uint8Array(200_000);
  const names = Array.from({ length: 2_000 }, (_, i) => utf8(`key ${i}`)).filter((each) => shardOf(each) < 32);
  for (const each of names) store.put(each, value);
  const page = await store.page({ shards: ALL_SHARDS.slice(0, 32) });
  expect(page.entries).toHaveLength(Math.floor(SCAN_BYTES_MAX / 200_010));
  // It was 45 MB.
  expect(store.toldBytes).toBeLessThan(4 * SCAN_BYTES_MAX);
});
