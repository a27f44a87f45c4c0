// Commands at random, on few keys and with few values, so that they meet.
import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import type { Comparison, KvCommand, KvOperation, KvQuery, TimeToLive } from "../../../core/kv/commands.ts";
import { INTEGER_MAX, INTEGER_MIN } from "../../../core/kv/integers.ts";

/** The first three share a slot. */
const keys = ["{a}", "{a}1", "a", "other", ""].map(utf8);
const values = ["", "0", "7", "-3", "+3", " 3", "03", "x", String(INTEGER_MAX), String(INTEGER_MIN)].map(utf8);

export const key = fc.nat({ max: 59 }).map((n) => keys[n === 0 ? 4 : n % 4] as Uint8Array);
const value = fc.constantFrom(...values);
const number = fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 4 }) }, { weight: 1, arbitrary: fc.maxSafeNat() });
const guard = fc.option(number, { freq: 2 });
const guards = fc.record({ ifVersion: guard, ifRevision: fc.constant(null) });
const by = fc.oneof(fc.bigInt({ min: -4n, max: 4n }), fc.bigInt({ min: INTEGER_MIN, max: INTEGER_MAX }));
const milliseconds = fc.oneof({ weight: 8, arbitrary: fc.nat({ max: 40 }) }, { weight: 1, arbitrary: fc.maxSafeNat() });

export const timeToLive: fc.Arbitrary<TimeToLive> = fc.oneof(
  fc.constantFrom({ kind: "forever" as const }, { kind: "keep" as const }),
  fc.record({ kind: fc.constantFrom("after" as const, "at" as const), ms: milliseconds }),
);

const ended = fc.constant("forever" as const).map((kind) => ({ kind }));

export const operation: fc.Arbitrary<KvOperation> = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), key, guards, value }),
  fc.record({ kind: fc.constant("put" as const), key, guards, value, ttl: timeToLive.filter(({ kind }) => kind !== "forever") }),
  fc.record({ kind: fc.constant("append" as const), key, guards, value }),
  fc.record({ kind: fc.constant("delete" as const), key, guards }),
  fc.record({ kind: fc.constant("increment" as const), key, guards, by }),
  fc.record({ kind: fc.constant("expire" as const), key, guards, ttl: fc.oneof(timeToLive, ended) }),
  fc.record({ kind: fc.constant("get" as const), key }),
);

const comparison: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({ kind: fc.constant("version" as const), key, version: number }),
  fc.record({ kind: fc.constant("revision" as const), key, revision: number }),
  fc.record({ kind: fc.constant("value" as const), key, value }),
  fc.record({ kind: fc.constant("presence" as const), key, isPresent: fc.boolean() }),
);

const operations = fc.array(operation, { maxLength: 4 });

/** Mostly with keys of one slot: else all that is seen of a transaction is why it was refused. */
const together = operations.map((list) => list.map((each) => ({ ...each, key: keys[each.key.length % 3] as Uint8Array })));
const transaction = fc.record({
  kind: fc.constant("txn" as const),
  compare: fc.array(
    comparison.map((each) => ({ ...each, key: keys[each.key.length % 3] as Uint8Array })),
    { maxLength: 2 },
  ),
  then: fc.oneof({ weight: 6, arbitrary: together }, { weight: 1, arbitrary: operations }),
  else: together,
});

export const command: fc.Arbitrary<KvCommand> = fc.oneof(
  { weight: 4, arbitrary: operation.filter((each): each is Exclude<KvOperation, { kind: "get" }> => each.kind !== "get") },
  { weight: 2, arbitrary: transaction },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("batch" as const), operations }) },
);

const reads = fc.array(fc.record({ kind: fc.constant("get" as const), key }), { maxLength: 4 });

export const query: fc.Arbitrary<KvQuery> = fc.oneof(
  fc.record({ kind: fc.constant("get" as const), key }),
  fc.record({
    kind: fc.constant("scan" as const),
    prefix: fc.constantFrom(utf8(""), utf8("{"), utf8("{a}1")),
    after: fc.option(key),
    limit: fc.nat({ max: 4 }),
    bytesMax: fc.constantFrom(1, 30, 1_000),
  }),
  fc.record({ kind: fc.constant("txn" as const), compare: fc.array(comparison, { maxLength: 2 }), then: reads, else: reads }),
  fc.record({ kind: fc.constant("batch" as const), operations: fc.oneof(reads, operations) }),
);
