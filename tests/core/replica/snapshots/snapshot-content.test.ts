import { concatBytes, utf8 } from "../../../../core/base/bytes.ts";
import { asBoot, asMember } from "../../../../core/base/ids.ts";
import { Random } from "../../../../core/base/random.ts";
import { encodeCommand, NO_GUARDS } from "../../../../core/kv/commands.ts";
import { KvStateMachine } from "../../../../core/kv/kv-state-machine.ts";
import { OnePartition } from "../../../../core/replica/applied/one-partition.ts";
import { LOG_ORIGIN } from "../../../../core/raft/entry.ts";
import type { RestoredState } from "../../../../core/replica/applied/applied-state.ts";
import { AppliedState } from "../../../../core/replica/applied/applied-state.ts";
import { createClientId } from "../../../../core/replica/applied/client-id.ts";
import { EffectQueue } from "../../../../core/replica/effect-queue.ts";
import { ContentRestoration, SnapshotContent } from "../../../../core/replica/snapshots/snapshot-content.ts";
import { commandEntry, entryOf } from "../entries.ts";
import { bytesOf, nextSlice, slicesOf } from "./slices.ts";

const LIMITS = { sessionsMax: 100, openSerialsMax: 8, answerBytesMax: 1_000_000 };
const START_MS = 1_800_000_000_000;

class Member {
  readonly machine = new OnePartition(new KvStateMachine(), LIMITS);
  readonly applied = new AppliedState({ machine: this.machine, effects: new EffectQueue(), base: LOG_ORIGIN });

  /** The same for the same seed. */
  work(seed: number, entries: number): this {
    const random = new Random(seed);
    for (let i = 0; i < entries; i++) {
      const command = encodeCommand({
        kind: "append",
        key: utf8(`k${String(random.between(0, 40))}`),
        guards: NO_GUARDS,
        value: utf8("x"),
      });
      const client = createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count: random.between(0, 20) });
      const serial = random.between(1, 30);
      const session = random.chance(0.3) ? null : { client, serial, acked: Math.max(0, serial - 4) };
      this.applied.apply(commandEntry(command, { index: this.applied.index + 1, stampMs: START_MS + i, session }));
    }
    return this;
  }

  bytes(bytesMax: number): Uint8Array {
    const content = new SnapshotContent(this.applied);
    const bytes = bytesOf(content, bytesMax);
    expect(nextSlice(content, bytesMax)).toBeNull();
    return bytes;
  }

  restore(bytes: Uint8Array, cut: () => number = () => bytes.length): RestoredState | null {
    const restoration = new ContentRestoration(this.machine);
    for (let offset = 0; offset < bytes.length;) {
      const end = offset + cut();
      if (!restoration.write(bytes.slice(offset, end))) return null;
      offset = end;
    }
    return restoration.finish(LOG_ORIGIN);
  }

  get digest(): string {
    return `${this.applied.digest.toString()} ${this.machine.digest()}`;
  }
}

test.each([1, 2, 3])("a member that was restored goes on as if it had applied everything itself (seed %i)", (seed) => {
  const random = new Random(seed);
  const original = new Member().work(seed, 300);
  original.applied.apply(entryOf("version", { index: 301, version: 2 }));
  const bytes = original.bytes(random.between(1, 3_000));
  for (const cut of [() => random.between(1, 200), () => 1, () => bytes.length]) {
    const member = new Member();
    const restored = member.restore(bytes, cut);
    if (restored === null) throw new Error("not restored");
    expect(restored).toMatchObject({ groupVersion: 2, lastStampMs: START_MS + 299 });
    member.applied.replace({ ...restored, base: original.applied.base });
    expect(member.digest).toBe(original.digest);
    const twin = new Member().work(seed, 300);
    twin.applied.apply(entryOf("version", { index: 301, version: 2 }));
    twin.work(seed + 1, 100);
    expect(member.work(seed + 1, 100).digest).toBe(twin.digest);
  }
});

test("slices are about as large as asked for", () => {
  const content = new SnapshotContent(new Member().work(1, 500).applied);
  let slices = 0;
  for (const slice of slicesOf(content, 200)) {
    expect(slice.length).toBeLessThan(500);
    expect(slice.length).toBeGreaterThan(0);
    slices++;
  }
  expect(slices).toBeGreaterThan(5);
});

test("what is applied later is not in it", () => {
  const member = new Member().work(1, 200);
  const content = new SnapshotContent(member.applied);
  const digest = member.digest;
  const first = nextSlice(content, 100) as Uint8Array;
  member.work(2, 200);
  const other = new Member();
  const restored = other.restore(concatBytes([first, bytesOf(content, 100)]));
  if (restored !== null) other.applied.replace(restored);
  expect(other.digest).toBe(digest);
});

test("a small state makes a small snapshot", () => {
  const member = new Member();
  const client = createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count: 1 });
  for (let i = 1; i <= 800; i++) {
    const command = encodeCommand({ kind: "put", key: utf8("key"), guards: NO_GUARDS, value: utf8(String(i)) });
    member.applied.apply(commandEntry(command, { index: i, stampMs: START_MS, session: { client, serial: i, acked: i - 1 } }));
  }
  expect(member.bytes(1_000).length).toBeLessThan(200);
});

test("cut short, continued, or not a snapshot at all: refused", () => {
  const bytes = new Member().work(3, 50).bytes(500);
  expect(new Member().restore(bytes)).not.toBeNull();
  for (const length of [0, 1, 5, 30, bytes.length - 1, bytes.length - 5]) expect(new Member().restore(bytes.slice(0, length))).toBeNull();
  expect(new Member().restore(concatBytes([bytes, utf8("x")]))).toBeNull();
  expect(new Member().restore(concatBytes([bytes, bytes]))).toBeNull();
  expect(new Member().restore(utf8("this is something else entirely"))).toBeNull();
});

test("a state that is not the one that was saved is noticed", () => {
  const bytes = new Member().work(3, 50).bytes(5_000);
  const at = bytes.length - 6; // the last byte of the last value, before the empty block at the end
  const damaged = bytes.slice();
  damaged[at] = (damaged[at] as number) ^ 1;
  expect(new Member().restore(damaged)).toBeNull();
});

test("no flipped byte makes the restoration throw", () => {
  const bytes = new Member().work(4, 30).bytes(300);
  const random = new Random(5);
  for (let i = 0; i < 400; i++) {
    const damaged = bytes.slice();
    const at = random.between(0, damaged.length - 1);
    damaged[at] = (damaged[at] as number) ^ (1 << random.between(0, 7));
    new Member().restore(damaged);
  }
});

test("the bytes around the service's own never change by accident", () => {
  const member = new Member();
  const command = encodeCommand({ kind: "put", key: utf8("k"), guards: NO_GUARDS, value: utf8("v") });
  const session = { client: "a-1", serial: 5, acked: 3 };
  member.applied.apply(commandEntry(command, { index: 1, stampMs: 120_000, session }));
  const hex = Array.from(member.bytes(1_000), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const { entries, answers } = member.applied.digest;
  const digits = (n: number, length: number): string => n.toString(16).padStart(length, "0");
  const machineDigest = Array.from(utf8(member.machine.digest()), (byte) => digits(byte, 2)).join("");
  const header = `02${digits(entries, 8)}${digits(answers, 8)}01c0a907${digits(machineDigest.length / 2, 2)}${machineDigest}`;
  const sessions = "03612d31030201050303" + "0101";
  const machine = "00000003020101" + "00000006016b01010076";
  const block = (kind: number, payload: string): string => `${digits(kind, 2)}${digits(payload.length / 2, 8)}${payload}`;
  expect(hex).toBe(block(1, header) + block(3, block(1, sessions) + block(2, machine) + block(3, "")) + block(4, ""));
});
