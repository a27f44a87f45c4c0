import { utf8 } from "../../../core/base/bytes.ts";
import { shardOf, shardOfSlot, SHARDS, slotOf, SLOTS } from "../../../core/shards/slots.ts";

// The check value of CRC-16/XMODEM, and slots as the specification of Redis Cluster gives them.
test.each([
  { key: "123456789", slot: 0x31c3 % SLOTS },
  { key: "foo", slot: 12_182 },
  { key: "bar", slot: 5_061 },
  { key: "hello", slot: 866 },
  { key: "", slot: 0 },
])("the slot of $key", ({ key, slot }) => {
  expect(slotOf(utf8(key))).toBe(slot);
});

test.each([
  { name: "a tag alone counts", one: "{user1000}.following", other: "{user1000}.followers", same: true },
  { name: "the tag is the slot", one: "{foo}anything", other: "foo", same: true },
  { name: "an empty tag is none", one: "foo{}{bar}", other: "bar", same: false },
  { name: "the first pair of braces counts", one: "foo{{bar}}zap", other: "{bar", same: true },
  { name: "and no later one", one: "foo{bar}{zap}", other: "bar", same: true },
  { name: "an open brace alone is a letter", one: "foo{bar", other: "bar", same: false },
])("$name", ({ one, other, same }) => {
  expect(slotOf(utf8(one)) === slotOf(utf8(other))).toBe(same);
});

test("shards are equal runs of slots, and every slot has one", () => {
  const counts = new Array<number>(SHARDS).fill(0);
  for (let slot = 0; slot < SLOTS; slot++) {
    const shard = shardOfSlot(slot);
    counts[shard] = (counts[shard] as number) + 1;
  }
  expect(new Set(counts)).toEqual(new Set([SLOTS / SHARDS]));
  expect(shardOf(utf8("foo"))).toBe(Math.floor(12_182 / 64));
});
