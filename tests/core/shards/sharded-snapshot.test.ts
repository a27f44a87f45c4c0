import { concatBytes, utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import { asBoot, asGroup, asMember } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { createClientId } from "../../../core/replica/applied/client-id.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { bytesOf, nextSlice, slicesOf } from "../replica/snapshots/slices.ts";
import { configurationOf } from "./bench/configurations.ts";
import { copyAll, copyChunk, freeze, ShardedGroup, START_MS } from "./sharded-group.ts";

const clientOf = (count: number): string => createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count });

/** In the middle of everything: shards that serve, leave, are frozen, come in, and are parked. */
function busy(): ShardedGroup {
  const [group, other] = [new ShardedGroup("1"), new ShardedGroup("2")];
  const before = configurationOf(1, 2, { "{a}": 1, "{b}": 1, "{c}": 1, "{d}": 2, "{e}": 1 });
  for (const each of [group, other]) each.adopt(before);
  for (let i = 0; i < 40; i++) {
    const session = { client: clientOf(i % 5), serial: i + 1, acked: Math.max(0, i - 6) };
    for (const key of ["{a}", "{b}", "{c}", "{e}"]) group.put(`${key}${String(i)}`, "value", { session });
    other.put(`{d}${String(i)}`, "value", { session });
  }
  for (const each of [group, other]) each.adopt(configurationOf(2, 2, { "{a}": 1, "{b}": 2, "{c}": 2, "{d}": 1, "{e}": null }));
  for (let i = 0; i < 10; i++) group.put(`{b}${String(i)}`, "changed", { session: { client: clientOf(1), serial: 100 + i, acked: 99 } });
  group.remove("{b}11");
  freeze(group, { key: "{c}", number: 2 });
  copyAll(other, group, { key: "{d}", number: 2 });
  other.put("{d}1", "changed");
  copyChunk(other, group, { key: "{d}", number: 2, bytesMax: 1 });
  return group;
}

function restored(bytes: Uint8Array, cut: () => number): ShardedGroup | null {
  const group = new ShardedGroup("1");
  const restoration = group.machine.restore();
  for (let at = 0; at < bytes.length;) {
    const end = at + cut();
    if (!restoration.write(bytes.slice(at, end))) return null;
    at = end;
  }
  return restoration.finish() ? group : null;
}

test.each([1, 2, 3])("everything comes back, in the middle of moves, however it is cut (seed %i)", (seed) => {
  const random = new Random(seed);
  const group = busy();
  const bytes = group.snapshotBytes(random.between(1, 2_000));
  for (const cut of [() => 1, () => random.between(1, 500), () => bytes.length]) {
    const back = restored(bytes, cut);
    expect(back?.machine.digest()).toBe(group.machine.digest());
    expect(back?.snapshotBytes()).toEqual(group.snapshotBytes());
  }
});

test("F42: who was restored goes on writing down what changes in a shard that leaves", () => {
  const group = busy();
  const back = restored(group.snapshotBytes(), () => 1_000) as ShardedGroup;
  for (const each of [group, back]) each.put("{b}3", "again", { session: { client: clientOf(2), serial: 500, acked: 400 } });
  expect(back.machine.digest()).toBe(group.machine.digest());
});

test("what is applied later is not in it", () => {
  const group = busy();
  const digest = group.machine.digest();
  const source = group.machine.snapshot();
  const first = nextSlice(source, 100) as Uint8Array;
  for (let i = 0; i < 40; i++) {
    group.put(`{a}${String(i)}`, "later", { session: { client: clientOf(i % 5), serial: 1_000 + i, acked: 900 } });
    group.put(`{b}${String(i)}`, "later");
  }
  expect(restored(concatBytes([first, bytesOf(source, 100)]), () => 1_000)?.machine.digest()).toBe(digest);
});

test.each([
  { sliceBytes: 1, bytes: 6_473, checksum: 3_313_865_851 },
  { sliceBytes: 300, bytes: 5_403, checksum: 1_487_542_842 },
  { sliceBytes: 1_000_000, bytes: 5_333, checksum: 3_593_088_689 },
])("the bytes never change by accident, in slices of $sliceBytes", ({ sliceBytes, bytes, checksum }) => {
  const written = busy().snapshotBytes(sliceBytes);
  expect({ bytes: written.length, checksum: crc32c(written) }).toEqual({ bytes, checksum });
});

test("slices are about as large as asked for", () => {
  for (const slice of slicesOf(busy().machine.snapshot(), 300)) expect(slice.length).toBeLessThan(3_000);
});

test("cut short, continued, or something else: refused, and no flipped byte makes it throw", () => {
  const bytes = busy().snapshotBytes();
  for (const length of [0, 1, 20, bytes.length - 1, bytes.length - 5]) expect(restored(bytes.slice(0, length), () => 1_000)).toBeNull();
  expect(restored(concatBytes([bytes, utf8("x")]), () => 1_000)).toBeNull();
  expect(restored(concatBytes([bytes, bytes]), () => 1_000)).toBeNull();
  const random = new Random(5);
  for (let i = 0; i < 300; i++) {
    const damaged = bytes.slice();
    const at = random.between(0, damaged.length - 1);
    damaged[at] = (damaged[at] as number) ^ (1 << random.between(0, 7));
    restored(damaged, () => 2_000);
  }
});

test("a group alone with a handful of keys has a small snapshot", () => {
  const group = new ShardedGroup("1");
  group.adopt(ownConfiguration(asGroup("1"), [{ peer: "127.0.0.1:7400", http: "http://127.0.0.1:7401", redis: null }]));
  for (let i = 0; i < 5; i++) group.put(`key-${String(i)}`, "value");
  const bytes = group.snapshotBytes();
  expect(bytes.length).toBeLessThan(500);
  expect(restored(bytes, () => bytes.length)?.machine.digest()).toBe(group.machine.digest());
});
