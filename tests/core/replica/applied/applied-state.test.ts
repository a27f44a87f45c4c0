import { textOf, utf8 } from "../../../../core/base/bytes.ts";
import { asBoot, asMember } from "../../../../core/base/ids.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import { encodeCommand, NO_GUARDS } from "../../../../core/kv/commands.ts";
import { KvStateMachine } from "../../../../core/kv/kv-state-machine.ts";
import { OnePartition } from "../../../../core/replica/applied/one-partition.ts";
import { decodeResult } from "../../../../core/kv/results.ts";
import { LOG_ORIGIN } from "../../../../core/raft/entry.ts";
import { AppliedState } from "../../../../core/replica/applied/applied-state.ts";
import { createClientId } from "../../../../core/replica/applied/client-id.ts";
import { EffectQueue } from "../../../../core/replica/effect-queue.ts";
import type { ApplyContext } from "../../../../core/replica/state-machine.ts";
import { commandEntry, entryOf } from "../entries.ts";

const START_MS = 1_800_000_000_000;

/** Remembers with what it was called. */
class Recording extends KvStateMachine {
  readonly calls: ApplyContext[] = [];

  override apply(command: Uint8Array, context?: ApplyContext): Uint8Array {
    if (context !== undefined) this.calls.push(context);
    return super.apply(command);
  }
}

function appliedState(): { readonly applied: AppliedState; readonly machine: Recording; readonly effects: EffectQueue } {
  const machine = new Recording();
  const effects = new EffectQueue();
  const parted = new OnePartition(machine, { sessionsMax: 10, openSerialsMax: 4, answerBytesMax: 1_000_000 });
  return { applied: new AppliedState({ machine: parted, effects, base: LOG_ORIGIN }), machine, effects };
}

const append = (text: string, guards = NO_GUARDS): Uint8Array => {
  return encodeCommand({ kind: "append", key: utf8("k"), guards, value: utf8(text) });
};

function lengthIn(outcome: Outcome<Uint8Array>): number | string {
  if (outcome.kind !== "done") return outcome.kind === "refused" ? outcome.refusal.code : outcome.after;
  const result = decodeResult(outcome.value);
  return result?.kind === "appended" ? result.length : (result?.kind ?? "?");
}

test("commands reach the machine, with index and log time", () => {
  const { applied, machine } = appliedState();
  expect(applied.apply(entryOf("termStart", { index: 1 })).kind).toBe("done");
  expect(lengthIn(applied.apply(commandEntry(append("a"), { index: 2, stampMs: 50 })))).toBe(1);
  expect(machine.calls).toEqual([{ index: 2, serviceIndex: 2, stampMs: 50 }]);
  expect(applied.base).toEqual({ index: 2, term: 1, serviceIndex: 2 });
});

test("log time never goes back, whatever a new leader stamps", () => {
  const { applied, machine } = appliedState();
  applied.apply(commandEntry(append("a"), { index: 1, stampMs: 90 }));
  applied.apply(commandEntry(append("b"), { index: 2, stampMs: 40 }));
  expect(machine.calls.map(({ stampMs }) => stampMs)).toEqual([90, 90]);
  expect(applied.lastStampMs).toBe(90);
});

test("an entry is applied once, and none is left out", () => {
  const { applied } = appliedState();
  applied.apply(entryOf("termStart", { index: 1 }));
  expect(() => applied.apply(entryOf("termStart", { index: 1 }))).toThrow("in order");
  expect(() => applied.apply(entryOf("termStart", { index: 3 }))).toThrow("in order");
});

test("a retry is answered from memory, a failed guard too", () => {
  const { applied, machine, effects } = appliedState();
  const client = createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count: 1 });
  const session = (serial: number): { client: string; serial: number; acked: number } => ({ client, serial, acked: 0 });
  const guarded = append("x", { ifVersion: 7, ifRevision: null });
  expect(lengthIn(applied.apply(commandEntry(append("a"), { index: 1, stampMs: START_MS, session: session(1) })))).toBe(1);
  expect(lengthIn(applied.apply(commandEntry(guarded, { index: 2, session: session(2) })))).toBe("versionMismatch");
  expect(effects.take()).toEqual([]);
  expect(lengthIn(applied.apply(commandEntry(append("a"), { index: 3, session: session(1) })))).toBe(1);
  expect(lengthIn(applied.apply(commandEntry(append("different"), { index: 4, session: session(2) })))).toBe("versionMismatch");
  expect(machine.calls.length).toBe(2);
  expect(effects.take()).toEqual([1, 2].map((serial) => ({ kind: "observe", observation: { kind: "duplicateAnswered", client, serial } })));
  expect(applied.machine.sessionCount).toBe(1);
});

test("sessions end as log time passes, also when only others write", () => {
  const { applied } = appliedState();
  const client = createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count: 1 });
  applied.apply(commandEntry(append("a"), { index: 1, stampMs: START_MS, session: { client, serial: 1, acked: 0 } }));
  applied.apply(commandEntry(append("b"), { index: 2, stampMs: START_MS + 3_600_000 }));
  expect(applied.machine.sessionCount).toBe(1);
  applied.apply(commandEntry(append("b"), { index: 3, stampMs: START_MS + 2 * 3_600_000 }));
  expect(applied.machine.sessionCount).toBe(0);
});

test("what is no command is refused and changes nothing but the digest", () => {
  const { applied, machine } = appliedState();
  const before = applied.digest.toString();
  expect(lengthIn(applied.apply(entryOf("command", { index: 1, body: utf8("?") })))).toBe("badRequest");
  expect(machine.calls).toEqual([]);
  expect(applied.digest.toString()).not.toBe(before);
});

test("a version entry raises the group's version and never lowers it", () => {
  const { applied } = appliedState();
  expect(applied.groupVersion).toBe(1);
  applied.apply(entryOf("version", { index: 1, version: 3 }));
  applied.apply(entryOf("version", { index: 2, version: 2 }));
  expect(applied.groupVersion).toBe(3);
});

test("members that applied the same are the same, and one answer apart is seen", () => {
  const [a, b, c] = [appliedState().applied, appliedState().applied, appliedState().applied] as const;
  const entries = [entryOf("termStart", { index: 1 }), commandEntry(append("a"), { index: 2 }), commandEntry(append("b"), { index: 3 })];
  for (const entry of entries) {
    a.apply(entry);
    b.apply(entry);
  }
  expect(a.digest.toString()).toBe(b.digest.toString());
  c.machine.apply(append("strange"), { index: 0 as never, serviceIndex: 0 as never, stampMs: 0 });
  for (const entry of entries) c.apply(entry);
  expect(c.digest.entries).toBe(a.digest.entries);
  expect(c.digest.answers).not.toBe(a.digest.answers);
  expect(textOf(utf8(a.digest.toString()))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}$/);
});
