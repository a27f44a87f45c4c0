import { asBatch, asIndex, asTerm } from "../../../core/base/ids.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { Log } from "../../../core/raft/log.ts";
import { base, entry } from "./entries.ts";

const at = asIndex;
const batch = asBatch;
const terms = (...list: number[]): Log =>
  new Log(
    LOG_ORIGIN,
    list.map((term, i) => entry(i + 1, term)),
  );

test("what a restart found is durable, what is appended is not until its batch is confirmed", () => {
  const log = terms(1, 1);
  expect(log.durableIndex).toBe(2);
  log.append(entry(3, 1));
  expect(log.handOver(batch(1))).toMatchObject({ truncateFrom: null, entries: [{ index: 3 }] });
  expect(log.handOver(batch(2))).toBeNull();
  expect(log.durableIndex).toBe(2);
  log.confirm(batch(1));
  expect(log.durableIndex).toBe(3);
});

test("a late confirmation counts only for what is still there", () => {
  const log = terms(1);
  for (const index of [2, 3, 4]) log.append(entry(index, 1));
  log.handOver(batch(1));
  log.truncateFrom(at(3));
  log.append(entry(3, 2));
  log.append(entry(4, 2));
  expect(log.handOver(batch(2))).toMatchObject({ truncateFrom: 3, entries: [{ index: 3, term: 2 }, { index: 4 }] });
  log.confirm(batch(1));
  expect(log.durableIndex).toBe(2);
  log.confirm(batch(2));
  expect(log.durableIndex).toBe(4);
});

test("truncating what the disk was never asked for needs no truncation there", () => {
  const log = terms(1);
  log.append(entry(2, 1));
  log.truncateFrom(at(2));
  log.append(entry(2, 2));
  expect(log.handOver(batch(1))).toMatchObject({ truncateFrom: null, entries: [{ term: 2 }] });
});

test("a confirmation from before a restart by snapshot says nothing about the new log", () => {
  const log = terms(1);
  log.append(entry(2, 1));
  log.handOver(batch(1));
  log.restartAfter(base(10, 3));
  log.append(entry(11, 3));
  log.confirm(batch(1));
  expect(log).toMatchObject({ durableIndex: 10, lastIndex: 11 });
});

test("compaction forgets the front and keeps the terms at the base", () => {
  const log = terms(1, 1, 2, 2);
  log.compactTo(at(3));
  expect(log.base).toEqual(base(3, 2));
  expect([2, 3, 4, 5].map((index) => log.termAt(at(index)))).toEqual([null, 2, 2, null]);
  expect(log.bytes).toBe(entry(4, 2).bytes.length);
});

test.each([
  { name: "whole terms of ours are skipped", log: [1, 1, 3, 3, 3], index: 4, term: 2, expected: { index: 2, term: 1 } },
  { name: "behind our end there is nothing", log: [1, 1], index: 9, term: 5, expected: { index: 2, term: 1 } },
  { name: "the same term may agree", log: [1, 2, 2], index: 2, term: 2, expected: { index: 2, term: 2 } },
  { name: "nothing can agree", log: [4, 4], index: 2, term: 3, expected: { index: 0, term: 0 } },
])("last that could agree: $name", ({ log, index, term, expected }) => {
  expect(terms(...log).lastNotAfter(at(index), asTerm(term))).toMatchObject(expected);
});

test.each([
  { name: "a later term wins though shorter", own: [1, 1, 1], index: 1, term: 2, upToDate: true },
  { name: "an older term loses though longer", own: [2], index: 9, term: 1, upToDate: false },
  { name: "the same term and length is enough", own: [1, 2], index: 2, term: 2, upToDate: true },
  { name: "the same term and shorter is not", own: [1, 2], index: 1, term: 2, upToDate: false },
])("up to date: $name", ({ own, index, term, upToDate }) => {
  expect(terms(...own).isUpToDate({ index: at(index), term: asTerm(term) })).toBe(upToDate);
});

test("a slice holds at least one entry, then as many as fit", () => {
  const log = terms(1, 1, 1, 1);
  const size = entry(1, 1).bytes.length;
  expect(log.slice(at(2), { entriesMax: 9, bytesMax: 1 })).toHaveLength(1);
  expect(log.slice(at(2), { entriesMax: 9, bytesMax: 2 * size })).toHaveLength(2);
  expect(log.slice(at(2), { entriesMax: 1, bytesMax: 9_999 })).toHaveLength(1);
  expect(log.slice(at(2), { entriesMax: 9, bytesMax: 9_999, last: at(3) })).toHaveLength(2);
});

test("gaps, falling terms and forgetting what a snapshot covers are refused", () => {
  const log = terms(2, 2);
  expect(() => {
    log.append(entry(4, 2));
  }).toThrow("without a gap");
  expect(() => {
    log.append(entry(3, 1));
  }).toThrow("never decrease");
  log.compactTo(at(1));
  expect(() => {
    log.truncateFrom(at(1));
  }).toThrow("never truncated");
});
