// Commands at random, on few keys and with few values, so that they meet.
import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import type {
  Comparison,
  ExpireCondition,
  Guards,
  KvCommand,
  KvOperation,
  KvQuery,
  KvWrite,
  TimeToLive,
} from "../../../core/kv/commands.ts";
import { isRead } from "../../../core/kv/commands.ts";
import { INTEGER_MAX, INTEGER_MIN } from "../../../core/kv/integers.ts";

/** The first three share a slot. */
const keys = ["{a}", "{a}1", "a", "other", ""].map(utf8);
const values = ["", "0", "7", "-3", "+3", " 3", "03", "x", String(INTEGER_MAX), String(INTEGER_MIN)].map(utf8);

export const key = fc.nat({ max: 59 }).map((n) => keys[n === 0 ? 4 : n % 4] as Uint8Array);
const value = fc.constantFrom(...values);
const number = fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 4 }) }, { weight: 1, arbitrary: fc.maxSafeNat() });
const guard = fc.option(number, { freq: 2 });
const guards: fc.Arbitrary<Guards> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ifVersion: guard, ifRevision: fc.constant(null) }) },
  { weight: 1, arbitrary: fc.constant({ ifVersion: null, ifRevision: null, ifPresent: true as const }) },
);
const condition = fc.constantFrom<ExpireCondition[]>("ifForever", "ifLimited", "ifLater", "ifEarlier", "ifLimitedAndEarlier");
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
  fc.record({ kind: fc.constant("expire" as const), key, guards, ttl: fc.oneof(timeToLive, ended), only: condition }),
  fc.record({ kind: fc.constant("setRange" as const), key, guards, offset: fc.oneof(fc.nat({ max: 12 }), fc.maxSafeNat()), value }),
  fc.record({ kind: fc.constant("incrementFloat" as const), key, guards, by: fc.constantFrom(...["1", "-40", "", "x", "0"].map(utf8)) }),
  fc.record({ kind: fc.constant("rename" as const), key, guards, to: key }),
  fc.record({ kind: fc.constant("get" as const), key }),
  fc.record({ kind: fc.constant("describe" as const), key }),
);

const comparison: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({ kind: fc.constant("version" as const), key, version: number }),
  fc.record({ kind: fc.constant("revision" as const), key, revision: number }),
  fc.record({ kind: fc.constant("value" as const), key, value }),
  fc.record({ kind: fc.constant("presence" as const), key, isPresent: fc.boolean() }),
);

const operations = fc.array(operation, { maxLength: 4 });

/** Mostly with keys of one slot: else all that is seen of a transaction is why it was refused. */
const together = operations.map((list) =>
  list.map((each) => {
    const own = { ...each, key: keys[each.key.length % 3] as Uint8Array };
    return own.kind === "rename" ? { ...own, to: keys[own.to.length % 3] as Uint8Array } : own;
  }),
);
const comparisons = fc.array(
  fc
    .nat({ max: 2 })
    .chain((n) => fc.record({ kind: fc.constant("presence" as const), key: fc.constant(keys[n] as Uint8Array), isPresent: fc.boolean() })),
  { maxLength: 2 },
);
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
  { weight: 4, arbitrary: operation.filter((each): each is KvWrite => !isRead(each)) },
  { weight: 2, arbitrary: transaction },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("batch" as const), operations }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("guardedBatch" as const), compare: comparisons, operations: together }) },
);

const reads = fc.array(fc.record({ kind: fc.constantFrom("get" as const, "describe" as const), key }), { maxLength: 4 });

export const query: fc.Arbitrary<KvQuery> = fc.oneof(
  fc.record({ kind: fc.constantFrom("get" as const, "describe" as const), key }),
  fc.record({
    kind: fc.constant("scan" as const),
    prefix: fc.constantFrom(utf8(""), utf8("{"), utf8("{a}1")),
    after: fc.option(key),
    limit: fc.nat({ max: 4 }),
    bytesMax: fc.constantFrom(1, 30, 1_000),
  }),
  fc.record({ kind: fc.constant("txn" as const), compare: fc.array(comparison, { maxLength: 2 }), then: reads, else: reads }),
  fc.record({ kind: fc.constant("batch" as const), operations: fc.oneof(reads, operations) }),
  fc.record({ kind: fc.constant("guardedBatch" as const), compare: fc.array(comparison, { maxLength: 2 }), operations: reads }),
);
