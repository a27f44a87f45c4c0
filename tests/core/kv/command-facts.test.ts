import { utf8 } from "../../../core/base/bytes.ts";
import { areOfOneSlot, commandGrows, keysOf, operationsOf, shardOfCommand, versionOfCommand } from "../../../core/kv/command-facts.ts";
import type { KvCommand, KvOperation } from "../../../core/kv/commands.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { shardOf, shardOfSlot, SLOTS, slotOf } from "../../../core/shards/slots.ts";

const guards = NO_GUARDS;
const put = (key: string): KvOperation => ({ kind: "put", key: utf8(key), guards, value: utf8("") });
const get = (key: string): KvOperation => ({ kind: "get", key: utf8(key) });
const batch = (...operations: KvOperation[]): KvCommand => ({ kind: "batch", operations });

/** A key of the slot. */
function keyIn(slot: number): string {
  for (let i = 0; ; i++) if (slotOf(utf8(`k${i}`)) === slot) return `k${i}`;
}

test("the keys of a command", () => {
  const compare = [{ kind: "version", key: utf8("a"), version: 1 }] as const;
  expect(keysOf({ kind: "txn", compare, then: [put("b"), get("c")], else: [put("a")] })).toEqual(["a", "b", "c", "a"].map(utf8));
  expect(keysOf(batch(put("b"), get("a")))).toEqual(["b", "a"].map(utf8));
  expect(keysOf({ kind: "delete", key: utf8("x"), guards })).toEqual([utf8("x")]);
  expect(keysOf({ kind: "scan", prefix: utf8("x"), after: null, limit: 1, bytesMax: 1 })).toEqual([]);
});

test("keys are of one slot, of one shard, or of neither", () => {
  const [first, neighbour, far] = [keyIn(640), keyIn(641), keyIn(SLOTS - 1)];
  expect(areOfOneSlot([utf8(`{${first}}x`), utf8(`{${first}}y`)])).toBe(true);
  expect(areOfOneSlot([utf8(first), utf8(neighbour)])).toBe(false);
  expect(areOfOneSlot([])).toBe(false);
  expect(shardOfCommand(batch(put(first), get(neighbour)))).toBe(shardOfSlot(640));
  expect(shardOfCommand(batch(put(first), get(far)))).toBeNull();
  expect(shardOfCommand(batch())).toBeNull();
  expect(shardOfCommand({ kind: "get", key: utf8(far) })).toBe(shardOf(utf8(far)));
});

test.each([
  { name: "put", command: put("a") as KvCommand, grows: true },
  { name: "append", command: { kind: "append", key: utf8("a"), guards, value: utf8("") } as const, grows: true },
  { name: "increment", command: { kind: "increment", key: utf8("a"), guards, by: 1n } as const, grows: true },
  { name: "delete", command: { kind: "delete", key: utf8("a"), guards } as const, grows: false },
  { name: "expire", command: { kind: "expire", key: utf8("a"), guards, ttl: { kind: "after", ms: 1 } } as const, grows: false },
  { name: "a batch that deletes and reads", command: batch(get("a"), { kind: "delete", key: utf8("a"), guards }), grows: false },
  { name: "a batch with a put", command: batch(get("a"), put("a")), grows: true },
  {
    name: "a transaction that may put",
    command: { kind: "txn", compare: [], then: [get("a")], else: [put("a")] } as const,
    grows: true,
  },
  { name: "garbage", command: null, grows: true },
])("$name: grows is $grows, and the first version knows it", ({ command, grows }) => {
  expect(commandGrows(command)).toBe(grows);
  expect(versionOfCommand(command)).toBe(1);
});

test("what may be executed: both branches", () => {
  expect(operationsOf({ kind: "txn", compare: [], then: [get("a")], else: [put("b")] })).toEqual([get("a"), put("b")]);
  expect(operationsOf(put("a") as KvCommand)).toEqual([put("a")]);
});
