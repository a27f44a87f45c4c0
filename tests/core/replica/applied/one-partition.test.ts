import { concatBytes, utf8 } from "../../../../core/base/bytes.ts";
import { asIndex, asServiceIndex } from "../../../../core/base/ids.ts";
import { encodeCommand, NO_GUARDS } from "../../../../core/kv/commands.ts";
import { KvStateMachine } from "../../../../core/kv/kv-state-machine.ts";
import { OnePartition } from "../../../../core/replica/applied/one-partition.ts";
import type { Sessions } from "../../../../core/replica/applied/sessions.ts";
import { bytesOf } from "../snapshots/slices.ts";

const START_MS = 1_800_000_000_000;
const CONTEXT = { index: asIndex(1), serviceIndex: asServiceIndex(1), stampMs: START_MS };

const machine = (): OnePartition =>
  new OnePartition(new KvStateMachine(), { sessionsMax: 10, openSerialsMax: 4, answerBytesMax: 1_000_000 });

function sessionsOf(partitioned: OnePartition): Sessions {
  const partition = partitioned.partitionOf();
  if (partition.kind !== "sessions") throw new Error("there are sessions");
  return partition.sessions;
}

function filled(): OnePartition {
  const one = machine();
  for (let i = 0; i < 30; i++) {
    one.apply(encodeCommand({ kind: "put", key: utf8(`k${String(i)}`), guards: NO_GUARDS, value: utf8("value") }), CONTEXT);
  }
  for (let i = 0; i < 5; i++)
    sessionsOf(one).put(utf8(`a-${String(i)}`), { acked: 1, lastUsedMinute: 2, serials: [3], answers: [utf8("x")] });
  return one;
}

test.each([1, 20, 100, 100_000])("machine and sessions come back together, in slices of %i bytes", (sliceBytes) => {
  const one = filled();
  const other = machine();
  const restoration = other.restore();
  expect(restoration.write(bytesOf(one.snapshot(), sliceBytes))).toBe(true);
  expect(other.sessionCount).toBe(0);
  expect(restoration.finish()).toBe(true);
  expect(other.digest()).toBe(one.digest());
  expect(other.sessionCount).toBe(5);
});

test("F42: the digest is one over the sessions, too", () => {
  const one = filled();
  const digest = one.digest();
  sessionsOf(one).drop(utf8("a-1"));
  expect(one.digest()).not.toBe(digest);
});

test("cut short or continued, it is no snapshot", () => {
  const bytes = bytesOf(filled().snapshot(), 100);
  for (const damaged of [bytes.slice(0, -1), bytes.slice(0, -5), concatBytes([bytes, utf8("x")]), concatBytes([bytes, bytes])]) {
    const restoration = machine().restore();
    expect(restoration.write(damaged) && restoration.finish()).toBe(false);
  }
});
