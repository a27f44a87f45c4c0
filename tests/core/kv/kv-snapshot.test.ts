import { concatBytes, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { KvStateMachine } from "../../../core/kv/kv-state-machine.ts";
import type { SnapshotSource } from "../../../core/replica/state-machine.ts";
import { nextSlice, slicesOf } from "../replica/snapshots/slices.ts";

function put(machine: KvStateMachine, key: string, length: number): void {
  machine.apply(encodeCommand({ kind: "put", key: utf8(key), guards: NO_GUARDS, value: new Uint8Array(length).fill(length) }));
}

function filled(random: Random, keys: number): KvStateMachine {
  const machine = new KvStateMachine();
  for (let i = 0; i < keys; i++) put(machine, String(random.between(0, 500)), random.between(0, 300));
  machine.apply(encodeCommand({ kind: "delete", key: utf8("7"), guards: NO_GUARDS }));
  return machine;
}

function bytesOf(source: SnapshotSource, bytesMax: number): Uint8Array {
  const slices = [...slicesOf(source, bytesMax)];
  for (const { length } of slices) {
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(bytesMax + 400);
  }
  expect(nextSlice(source, bytesMax)).toBeNull();
  return concatBytes(slices);
}

/** Null when the restoration refuses. */
function restored(bytes: Uint8Array, cutAt: (offset: number) => number): KvStateMachine | null {
  const machine = new KvStateMachine();
  put(machine, "old", 3);
  const before = machine.digest();
  const restoration = machine.restore();
  for (let offset = 0; offset < bytes.length;) {
    const end = Math.min(bytes.length, cutAt(offset));
    if (!restoration.write(bytes.slice(offset, end))) return null;
    offset = end;
  }
  expect(machine.digest()).toBe(before);
  return restoration.finish() ? machine : null;
}

test.each([1, 2, 3, 4, 5])("what was taken is what is restored, however it is cut (seed %i)", (seed) => {
  const random = new Random(seed);
  const machine = filled(random, seed * 100);
  const bytes = bytesOf(machine.snapshot(), random.between(1, 2_000));
  const cuts = [(offset: number) => offset + random.between(1, 50), () => bytes.length, (offset: number) => offset + 1];
  for (const cut of cuts) {
    const twin = restored(bytes, cut);
    expect(twin?.digest()).toBe(machine.digest());
    expect(twin?.keys).toBe(machine.keys);
    if (twin !== null) put(twin, "next", 1);
  }
});

test("an empty store", () => {
  const bytes = bytesOf(new KvStateMachine().snapshot(), 100);
  expect(restored(bytes, () => bytes.length)?.digest()).toBe(new KvStateMachine().digest());
});

test("what is applied later is not in it", () => {
  const machine = filled(new Random(9), 200);
  const digest = machine.digest();
  const source = machine.snapshot();
  const slices = [nextSlice(source, 500) as Uint8Array];
  for (let i = 0; i < 300; i++) put(machine, String(i), 5);
  const bytes = concatBytes([...slices, bytesOf(source, 500)]);
  expect(restored(bytes, (offset) => offset + 64)?.digest()).toBe(digest);
});

test("revisions go on from where they were", () => {
  const machine = filled(new Random(3), 50);
  const bytes = bytesOf(machine.snapshot(), 1_000);
  const twin = restored(bytes, () => bytes.length) as KvStateMachine;
  put(machine, "x", 1);
  put(twin, "x", 1);
  expect(twin.digest()).toBe(machine.digest());
});

test("cut short, continued, or of another format: refused", () => {
  const bytes = bytesOf(filled(new Random(4), 60).snapshot(), 1_000);
  const whole = (damaged: Uint8Array): KvStateMachine | null => restored(damaged, () => damaged.length);
  expect(whole(bytes)).not.toBeNull();
  for (const length of [0, 3, 5, 20, bytes.length - 1]) expect(whole(bytes.slice(0, length))).toBeNull();
  expect(whole(concatBytes([bytes, Uint8Array.of(0)]))).toBeNull();
  const otherFormat = bytes.slice();
  otherFormat[4] = 9;
  expect(whole(otherFormat)).toBeNull();
});

test("no flipped byte makes the restoration throw", () => {
  const bytes = bytesOf(filled(new Random(5), 20).snapshot(), 1_000);
  const random = new Random(6);
  for (let i = 0; i < 500; i++) {
    const damaged = bytes.slice();
    const at = random.between(0, damaged.length - 1);
    damaged[at] = (damaged[at] as number) ^ (1 << random.between(0, 7));
    restored(damaged, () => damaged.length);
  }
});

test("the bytes of a snapshot never change by accident", () => {
  const machine = new KvStateMachine();
  put(machine, "b", 2);
  put(machine, "a", 1);
  put(machine, "a", 3);
  const ttl = { kind: "at", ms: 300 } as const;
  machine.apply(encodeCommand({ kind: "put", key: utf8("c"), guards: NO_GUARDS, value: new Uint8Array(0), ttl }));
  const header = [0, 0, 0, 3, 2, 4, 3];
  const [a, b, c] = [
    [0, 0, 0, 8, 1, 97, 2, 3, 0, 3, 3, 3],
    [0, 0, 0, 7, 1, 98, 1, 1, 0, 2, 2],
    [0, 0, 0, 6, 1, 99, 1, 4, 172, 2],
  ] as const;
  expect([...bytesOf(machine.snapshot(), 1_000)]).toEqual([...header, ...a, ...b, ...c]);
});
