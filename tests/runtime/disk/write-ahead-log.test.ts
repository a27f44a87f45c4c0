import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import type { LogObservation } from "../../../runtime/disk/log/log-options.ts";
import { OpenSimulatedFile } from "../../simulation/world/disk/open-simulated-file.ts";
import { base, DiskBench, entries, entry, idsOf, LOG_DIRECTORY, openLog, write } from "./disk-bench.ts";
import type { OpenedLog } from "./disk-bench.ts";

function framesIn(observations: readonly LogObservation[]): readonly number[] {
  return observations.flatMap((each) => (each.kind === "frameStarted" ? [each.writes] : []));
}

function setUp(): { readonly bench: DiskBench; readonly opened: OpenedLog } {
  const bench = new DiskBench();
  return { bench, opened: openLog(bench, { files: bench.disk.boot() }) };
}

test("a new log is empty", () => {
  const { opened } = setUp();
  expect(opened.entries).toEqual([]);
  expect(opened.base).toEqual(base(0, 0));
  expect(opened.hardState).toEqual({ term: 0, vote: null });
});

test("what was confirmed is there after a loss of power", () => {
  const { bench, opened } = setUp();
  const done = jest.fn();
  opened.log.append(write({ hardState: { term: asTerm(3), vote: asMember("m2") }, entries: entries(1, 5), metadata: { boots: 7 } }), done);
  bench.settle();
  expect(done).toHaveBeenCalledTimes(1);
  const again = openLog(bench, { files: bench.restart("power") });
  expect(idsOf(again.entries)).toEqual(["1/1", "2/1", "3/1", "4/1", "5/1"]);
  expect(again.hardState).toEqual({ term: 3, vote: "m2" });
  expect(again.metadata).toEqual({ boots: 7 });
  expect(again.entries.map(({ body }) => [...body])).toEqual(entries(1, 5).map(({ body }) => [...body]));
});

test("nothing is confirmed before it is durable", () => {
  const { bench, opened } = setUp();
  const release = bench.disk.holdSyncs();
  const done = jest.fn();
  opened.log.append(write({ entries: entries(1, 1) }), done);
  bench.settle();
  expect(done).not.toHaveBeenCalled();
  release();
  bench.settle();
  expect(done).toHaveBeenCalledTimes(1);
});

test("everything that arrives during a write goes into the next frame together, and is confirmed in order", () => {
  const { bench, opened } = setUp();
  bench.settle();
  const confirmed: number[] = [];
  for (let i = 1; i <= 10; i++) opened.log.append(write({ entries: [entry(i)] }), () => confirmed.push(i));
  bench.settle();
  expect(framesIn(opened.observations)).toEqual([1, 9]);
  expect(confirmed).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("what is written in answer to confirmations is one frame, too", () => {
  const { bench, opened } = setUp();
  let next = 4;
  const answer = (): void => opened.log.append(write({ entries: [entry(next++)] }), () => undefined);
  opened.log.append(write({ entries: entries(1, 1) }), () => undefined);
  opened.log.append(write({ entries: entries(2, 2) }), answer);
  opened.log.append(write({ entries: entries(3, 3) }), answer);
  bench.settle();
  expect(framesIn(opened.observations)).toEqual([1, 2, 2]);
});

test("a write that is larger than a frame continues in the next ones and is confirmed with the last", () => {
  const { bench, opened } = setUp();
  const done = jest.fn(() => expect(opened.observations.filter(({ kind }) => kind === "frameDurable").length).toBeGreaterThan(3));
  opened.log.append(write({ entries: entries(1, 400) }), done);
  bench.settle();
  expect(done).toHaveBeenCalledTimes(1);
  expect(openLog(bench, { files: bench.restart("power") }).entries).toHaveLength(400);
});

test("an entry larger than a frame is allowed to be gets one of its own", () => {
  const { bench, opened } = setUp();
  opened.log.append(write({ entries: [entry(1), entry(2, 1, 6_000), entry(3)] }), () => undefined);
  bench.settle();
  const { entries: found } = openLog(bench, { files: bench.restart("power") });
  expect(found.map(({ body }) => body.length)).toEqual([20, 6_000, 20]);
});

test("an entry larger than a segment gets a larger segment, and the log goes on in the usual ones", () => {
  const { bench, opened } = setUp();
  opened.log.append(write({ entries: [entry(1, 1, 20_000)] }), () => undefined);
  opened.log.append(write({ entries: [entry(2), entry(3, 1, 30_000)] }), () => undefined);
  bench.settle();
  const again = openLog(bench, { files: bench.restart("power") });
  expect(again.entries.map(({ body }) => body.length)).toEqual([20_000, 20, 30_000]);
  for (let index = 4; index < 60; index++) again.log.append(write({ entries: [entry(index, 1, 500)] }), () => undefined);
  bench.settle();
  bench.disk.crash("power");
  const sizes = bench.disk.files().map(([, { size }]) => size);
  expect([sizes.filter((size) => size === 8_192).length > 3, sizes.filter((size) => size > 8_192).length]).toEqual([true, 2]);
  expect(openLog(bench, { files: bench.disk.boot() }).entries).toHaveLength(59);
});

test("truncation and a new leader's entries survive as they were asked for", () => {
  const { bench, opened } = setUp();
  opened.log.append(write({ entries: entries(1, 6) }), () => undefined);
  opened.log.append(
    write({ hardState: { term: asTerm(2), vote: null }, truncateFrom: asIndex(4), entries: entries(4, 5, 2) }),
    () => undefined,
  );
  bench.settle();
  expect(idsOf(openLog(bench, { files: bench.restart("power") }).entries)).toEqual(["1/1", "2/1", "3/1", "4/2", "5/2"]);
});

test("a log that goes over many segments keeps hard state and metadata when the old ones are removed", () => {
  const { bench, opened } = setUp();
  opened.log.append(write({ hardState: { term: asTerm(5), vote: asMember("me") }, metadata: { boots: { a: 1 } } }), () => undefined);
  for (let i = 1; i <= 600; i++) {
    opened.log.append(write({ entries: [entry(i, 5)] }), () => undefined);
    bench.settle();
  }
  opened.log.trim(base(590, 5), () => undefined);
  bench.settle();
  expect(opened.observations.filter(({ kind }) => kind === "segmentRemoved").length).toBeGreaterThan(20);
  expect(bench.disk.files().map(([path]) => path)).not.toContain(`${LOG_DIRECTORY}/0000000001.segment`);
  const again = openLog(bench, { files: bench.restart("power"), snapshot: base(590, 5) });
  expect(again.hardState).toEqual({ term: 5, vote: "me" });
  expect(again.metadata).toEqual({ boots: { a: 1 } });
  expect(idsOf(again.entries)).toEqual(idsOf(entries(591, 600, 5)));
});

test("a restart behind a snapshot forgets everything and goes on from there", () => {
  const { bench, opened } = setUp();
  opened.log.append(write({ entries: entries(1, 9) }), () => undefined);
  opened.log.append(write({ hardState: { term: asTerm(4), vote: null }, restartAfter: { base: base(5, 4) } }), () => undefined);
  opened.log.append(write({ entries: entries(6, 7, 4) }), () => undefined);
  bench.settle();
  const again = openLog(bench, { files: bench.restart("power"), snapshot: base(5, 4) });
  expect(again.base).toEqual(base(5, 4));
  expect(idsOf(again.entries)).toEqual(["6/4", "7/4"]);
});

test("a trim that tells nothing new is confirmed in its turn", () => {
  const { bench, opened } = setUp();
  const confirmed: string[] = [];
  opened.log.append(write({ entries: entries(1, 9) }), () => confirmed.push("entries"));
  opened.log.trim(base(5), () => confirmed.push("trim"));
  opened.log.trim(base(3), () => confirmed.push("older trim"));
  bench.settle();
  expect(confirmed).toEqual(["entries", "trim", "older trim"]);
  expect(openLog(bench, { files: bench.restart("power"), snapshot: base(5) }).entries).toHaveLength(4);
});

describe("a failing disk", () => {
  test.each([
    { name: "sync", fail: (bench: DiskBench) => (bench.disk.faults.failSyncChance = 1) },
    { name: "write", fail: (bench: DiskBench) => (bench.disk.faults.failWriteChance = 1) },
  ])("a failed $name is told once, nothing more is confirmed, and it is never tried again", ({ fail }) => {
    const { bench, opened } = setUp();
    bench.settle();
    const done = jest.fn();
    fail(bench);
    opened.log.append(write({ entries: entries(1, 1) }), done);
    opened.log.append(write({ entries: entries(2, 2) }), done);
    bench.settle();
    const { failedSync, failedWrite } = bench.disk.counts;
    bench.disk.faults.failSyncChance = 0;
    bench.disk.faults.failWriteChance = 0;
    opened.log.append(write({ entries: entries(3, 3) }), done);
    opened.log.retry();
    bench.settle();
    expect(done).not.toHaveBeenCalled();
    expect(opened.failures.map(({ kind }) => kind)).toEqual(["failed"]);
    expect(failedSync + failedWrite).toBe(1);
  });

  test("what a failed sync left in the cache is durable before the next life tells anybody", () => {
    const { bench, opened } = setUp();
    bench.settle();
    bench.disk.faults.failNextSyncs = 1;
    opened.log.append(write({ entries: entries(1, 3) }), () => undefined);
    bench.settle();
    const second = openLog(bench, { files: bench.restart("process") });
    expect(bench.disk.counts.staleCache).toBe(1);
    expect(second.entries).toHaveLength(3);
    bench.disk.faults.survivalChance = 0;
    expect(openLog(bench, { files: bench.restart("power") }).entries).toHaveLength(3);
  });
});

describe("a full disk", () => {
  test("writes wait, nothing is lost, and all goes on without a restart once there is space", () => {
    const { bench, opened } = setUp();
    bench.settle();
    bench.disk.faults.quotaBytes = bench.disk.usedBytes;
    const confirmed: number[] = [];
    for (let i = 1; i <= 600; i++) opened.log.append(write({ entries: [entry(i)] }), () => confirmed.push(i));
    bench.settle();
    const whenFull = confirmed.length;
    expect(whenFull).toBeGreaterThan(0);
    expect(whenFull).toBeLessThan(600);
    expect(opened.log.isShortOfSpace).toBe(true);
    opened.log.retry();
    bench.settle();
    expect(confirmed).toHaveLength(whenFull);
    bench.disk.faults.quotaBytes = Infinity;
    opened.log.retry();
    bench.settle();
    expect(confirmed).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    expect(opened.log.isShortOfSpace).toBe(false);
    expect(opened.failures).toEqual([]);
    const told = opened.observations.map(({ kind }) => kind).filter((kind) => kind.startsWith("space"));
    expect(told).toEqual(["spaceShort", "spaceBack"]);
    expect(openLog(bench, { files: bench.restart("power") }).entries).toHaveLength(600);
  });

  test("a crash while it is full loses nothing that was confirmed", () => {
    const { bench, opened } = setUp();
    bench.settle();
    bench.disk.faults.quotaBytes = bench.disk.usedBytes;
    let confirmed = 0;
    for (let i = 1; i <= 600; i++) opened.log.append(write({ entries: [entry(i)] }), () => (confirmed = i));
    bench.settle();
    bench.disk.crash("power");
    bench.disk.faults.quotaBytes = Infinity;
    expect(openLog(bench, { files: bench.disk.boot() }).entries.length).toBeGreaterThanOrEqual(confirmed);
  });
});

test("closing while the next segment finds no room waits for the write that is under way", () => {
  const { bench, opened } = setUp();
  bench.settle();
  bench.disk.faults.quotaBytes = bench.disk.usedBytes;
  const append = (count: number, done: () => void): void => opened.log.append(write({ entries: [entry(count)] }), done);
  let count = 0;
  while (!opened.log.isShortOfSpace) {
    append(++count, () => undefined);
    bench.settle();
  }
  const told: string[] = [];
  const closing = jest.spyOn(OpenSimulatedFile.prototype, "close").mockImplementation(function (finished) {
    told.push("closes");
    finished(null);
  });
  append(count + 1, () => told.push("confirmed")); // this segment has room for it
  opened.log.close(() => told.push("closed"));
  bench.settle();
  closing.mockRestore();
  expect(told).toEqual(["confirmed", "closes", "closed"]);
});

test("closing confirms what waits, and then lets go of the files", () => {
  const { bench, opened } = setUp();
  const told: string[] = [];
  opened.log.append(write({ entries: entries(1, 300) }), () => told.push("confirmed"));
  opened.log.close(() => told.push("closed"));
  bench.settle();
  expect(told).toEqual(["confirmed", "closed"]);
});

test("a log that could not be read again is never written", () => {
  const { bench, opened } = setUp();
  const append = (change: Parameters<typeof write>[0]) => (): void => {
    opened.log.append(write(change), () => undefined);
    bench.settle();
  };
  append({ hardState: { term: asTerm(2), vote: null }, entries: entries(1, 3) })();
  expect(append({ entries: entries(5, 5) })).toThrow("grows without a gap");
  const fresh = setUp();
  expect(() => fresh.opened.log.append(write({ truncateFrom: asIndex(7) }), () => undefined)).toThrow("truncated");
});
