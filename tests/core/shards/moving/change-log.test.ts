import { textOf, utf8 } from "../../../../core/base/bytes.ts";
import { ChangeLog, nextChanges } from "../../../../core/shards/moving/change-log.ts";
import { bytesOf } from "../../replica/snapshots/slices.ts";

const since = (log: ChangeLog, sequence: number): readonly string[] =>
  [...log.since(sequence)].map((change) => `${String(change.sequence)} ${change.kind} ${textOf(change.id)}`);

function filled(limit?: number): ChangeLog {
  const log = new ChangeLog(limit);
  for (const id of ["a", "b", "c", "a"]) log.touch("key", utf8(id));
  log.touch("session", utf8("a"));
  return log;
}

test("each id is there once, at its last change, and keys are not sessions", () => {
  const log = filled();
  expect(since(log, 0)).toEqual(["2 key b", "3 key c", "4 key a", "5 session a"]);
  expect(since(log, 3)).toEqual(["4 key a", "5 session a"]);
  expect(since(log, 5)).toEqual([]);
  expect([log.sequence, log.base]).toEqual([5, 0]);
});

test("numbers stay in order beyond one byte", () => {
  const log = new ChangeLog();
  for (let i = 1; i <= 70_000; i++) log.touch("key", utf8(String(i % 300)));
  const sequences = [...log.since(0)].map(({ sequence }) => sequence);
  expect(sequences).toEqual(Array.from({ length: 300 }, (_, i) => 69_701 + i));
});

test("beyond its limit it forgets everything, and says up to where", () => {
  const log = filled(3);
  expect([log.sequence, log.base]).toEqual([5, 5]);
  expect(since(log, 0)).toEqual([]);
  log.touch("key", utf8("d"));
  expect(since(log, 5)).toEqual(["6 key d"]);
});

test("a snapshot is what it was, and brings it back", () => {
  const log = filled();
  const { sequence, base, entries } = log.snapshot();
  log.touch("key", utf8("b"));
  const bytes = bytesOf({ next: (slice, bytesMax) => nextChanges(entries, slice, bytesMax) }, 1);
  const back = new ChangeLog();
  back.restoreNumbers(sequence, base);
  expect(back.restoreEntries(bytes)).toBe(true);
  expect(since(back, 0)).toEqual(["2 key b", "3 key c", "4 key a", "5 session a"]);
  back.touch("key", utf8("c"));
  expect(since(back, 3)).toEqual(["4 key a", "5 session a", "6 key c"]);
  expect(new ChangeLog().restoreEntries(bytes)).toBe(false);
});
