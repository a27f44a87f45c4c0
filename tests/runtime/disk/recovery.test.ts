// What recovery says about a log that is not as it was written. Crashes at random are in log-crashes.test.ts, damage at
// random in log-damage.test.ts; here every kind of finding has a name.
import { asMember, asTerm } from "../../../core/base/ids.ts";
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import { markerOf } from "../../../runtime/disk/log/frame.ts";
import { encodeSegmentHeader, readSegment } from "../../../runtime/disk/log/segment.ts";
import { recoverLog } from "../../../runtime/disk/recovery.ts";
import type { SimulatedDirectory } from "../../simulation/world/disk/simulated-directory.ts";
import { SimulatedFile } from "../../simulation/world/disk/simulated-file.ts";
import { base, DiskBench, entries, entry, idsOf, LOG_DIRECTORY, logOptions, openLog, write } from "./disk-bench.ts";
import type { LogChoice } from "./disk-bench.ts";

const SECTOR = 512;
const path = (number: number): string => `${LOG_DIRECTORY}/${String(number).padStart(10, "0")}.segment`;

/** A log with 3 frames (of 1, 3 and 1 sectors) in its first segment: at 512, 1024 and 2560. */
function smallLog(): DiskBench {
  const bench = new DiskBench();
  const { log } = openLog(bench, { files: bench.disk.boot() });
  for (const list of [entries(1, 3), [entry(4, 1, 1_200)], entries(5, 6)]) {
    log.append(write({ entries: list }), () => undefined);
    bench.settle();
  }
  bench.disk.crash("power");
  return bench;
}

/** A log over several segments, of which none was removed. */
function longLog(): DiskBench {
  const bench = new DiskBench();
  const { log } = openLog(bench, { files: bench.disk.boot() });
  log.append(write({ hardState: { term: asTerm(1), vote: asMember("m3") } }), () => undefined);
  for (let i = 1; i <= 60; i++) {
    log.append(write({ entries: [entry(i, 1, 600)] }), () => undefined);
    bench.settle();
  }
  bench.disk.crash("power");
  return bench;
}

function fileOf(bench: DiskBench, wanted: string): SimulatedFile {
  const found = bench.disk.files().find(([each]) => each === wanted)?.[1];
  if (found === undefined) throw new Error(`no ${wanted}`);
  return found;
}

function lastFrameOf(bench: DiskBench, number: number): number {
  const reading = readSegment(fileOf(bench, path(number)).read(0, 8_192), { log: "member-1", number, nextSequence: null });
  return reading.kind === "read" ? (reading.frames.at(-1)?.offset ?? 0) : 0;
}

function directoryOf(bench: DiskBench): SimulatedDirectory {
  const data = bench.disk.root.get("data");
  const log = data?.kind === "directory" ? data.get("log") : null;
  if (log?.kind !== "directory") throw new Error("no log");
  return log;
}

function patch(bench: DiskBench, wanted: string, change: { readonly offset: number; readonly bytes: Uint8Array }): void {
  const file = fileOf(bench, wanted);
  file.write(change.offset, change.bytes);
  file.sync();
}

const zero = (bench: DiskBench, wanted: string, offset: number): void => patch(bench, wanted, { offset, bytes: new Uint8Array(SECTOR) });

function problemOf(bench: DiskBench, choice: Partial<LogChoice> = {}): DiskProblem {
  return bench.problem((answer) => recoverLog(logOptions({ files: bench.disk.boot(), ...choice }), answer));
}

describe("a torn tail is cut off", () => {
  test.each([
    { name: "its first sector is missing", offsets: [1_024] },
    { name: "a middle sector is missing", offsets: [1_536] },
    { name: "its last sector is missing", offsets: [2_048] },
    { name: "only a later sector is there", offsets: [1_024, 1_536] },
  ])("$name", ({ offsets }) => {
    const bench = smallLog();
    for (const offset of [...offsets, 2_560]) zero(bench, path(1), offset);
    const recovered = openLog(bench, { files: bench.disk.boot() });
    expect(idsOf(recovered.entries)).toEqual(["1/1", "2/1", "3/1"]);
    expect(recovered.tornTail).toMatchObject({ file: path(1), offset: 1_024 });
    expect(recovered.tornTail?.message).toContain("nothing that was confirmed is lost");
  });

  test("and the log goes on behind what was kept", () => {
    const bench = smallLog();
    zero(bench, path(1), 2_048);
    zero(bench, path(1), 2_560);
    const { log } = openLog(bench, { files: bench.disk.boot() });
    log.append(write({ entries: entries(4, 5, 2) }), () => undefined);
    bench.settle();
    const again = openLog(bench, { files: bench.restart("power") });
    expect(again.tornTail).toBeNull();
    expect(idsOf(again.entries)).toEqual(["1/1", "2/1", "3/1", "4/2", "5/2"]);
  });

  test("a whole frame that was never confirmed may stay, and is durable from then on", () => {
    const bench = new DiskBench();
    const { log } = openLog(bench, { files: bench.disk.boot() });
    bench.settle();
    bench.disk.holdSyncs();
    const done = jest.fn();
    log.append(write({ entries: entries(1, 2) }), done);
    bench.settle();
    jest.spyOn(bench.disk.random, "chance").mockImplementation((probability) => probability > 0); // the interrupted write happens, whole
    expect(openLog(bench, { files: bench.restart("process") }).entries).toHaveLength(2);
    bench.disk.faults.survivalChance = 0;
    expect(openLog(bench, { files: bench.restart("power") }).entries).toHaveLength(2);
    expect(done).not.toHaveBeenCalled();
  });
});

describe("damage stops it, with file, place and advice", () => {
  const cases: readonly {
    name: string;
    make: () => DiskBench;
    break: (bench: DiskBench) => void;
    file: string;
    offset: number | null;
    says: string;
  }[] = [
    {
      name: "a flipped bit in the last frame",
      make: smallLog,
      break: (bench) => bench.disk.flipBit(path(1), 8 * 2_600),
      file: path(1),
      offset: 2_560,
      says: "checksum of a frame",
    },
    {
      name: "a flipped bit in the length of the last frame",
      make: smallLog,
      break: (bench) => bench.disk.flipBit(path(1), 8 * (2_560 + 17)),
      file: path(1),
      offset: 2_560,
      says: "header of a frame",
    },
    {
      name: "a flipped bit in the marker of a later sector",
      make: smallLog,
      break: (bench) => bench.disk.flipBit(path(1), 8 * 1_536),
      file: path(1),
      offset: 1_536,
      says: "marker of a sector",
    },
    {
      name: "a flipped bit in the marker of a frame's first sector",
      make: smallLog,
      break: (bench) => bench.disk.flipBit(path(1), 8 * 1_024),
      file: path(1),
      offset: 1_024,
      says: "marker of a frame's first sector",
    },
    {
      name: "a flipped bit where nothing was written yet",
      make: smallLog,
      break: (bench) => bench.disk.flipBit(path(1), 8 * 5_000),
      file: path(1),
      offset: 4_608,
      says: "no write can have left",
    },
    {
      name: "a middle frame that is gone",
      make: smallLog,
      break: (bench) => zero(bench, path(1), 512),
      file: path(1),
      offset: 512,
      says: "a frame is missing here",
    },
    {
      name: "a hole in a middle frame",
      make: smallLog,
      break: (bench) => zero(bench, path(1), 1_536),
      file: path(1),
      offset: 1_024,
      says: "the log goes on behind it",
    },
    {
      name: "a frame in the wrong place",
      make: smallLog,
      break: (bench) => patch(bench, path(1), { offset: 512, bytes: fileOf(bench, path(1)).read(2_560, SECTOR) }),
      file: path(1),
      offset: 512,
      says: "here lies frame 3 where frame 1 belongs",
    },
    {
      name: "a frame of another segment",
      make: longLog,
      break: (bench) => patch(bench, path(2), { offset: 512, bytes: fileOf(bench, path(1)).read(512, SECTOR) }),
      file: path(2),
      offset: 512,
      says: "frame of another segment",
    },
    {
      name: "a missing segment",
      make: longLog,
      break: (bench) => directoryOf(bench).set("0000000002.segment", null),
      file: path(2),
      offset: null,
      says: "missing",
    },
    {
      name: "the first segment missing",
      make: longLog,
      break: (bench) => directoryOf(bench).set("0000000001.segment", null),
      file: LOG_DIRECTORY,
      offset: null,
      says: "segments are missing",
    },
    {
      name: "two segments exchanged",
      make: longLog,
      break: (bench) => {
        const directory = directoryOf(bench);
        const [one, two] = [directory.get("0000000001.segment"), directory.get("0000000002.segment")];
        directory.set("0000000001.segment", two);
        directory.set("0000000002.segment", one);
      },
      file: path(1),
      offset: 0,
      says: "this is segment 2 under another name",
    },
    {
      name: "a segment without its last frame",
      make: longLog,
      break: (bench) => patch(bench, path(1), { offset: lastFrameOf(bench, 1), bytes: new Uint8Array(2 * SECTOR) }),
      file: path(2),
      offset: 512,
      says: "where frame",
    },
    {
      name: "a torn frame, although the log goes on in the next segment",
      make: longLog,
      break: (bench) => zero(bench, path(2), lastFrameOf(bench, 2) + SECTOR),
      file: path(2),
      offset: 6_656,
      says: "although the log goes on in segment 3",
    },
    {
      name: "a segment emptied",
      make: longLog,
      break: (bench) => patch(bench, path(2), { offset: 512, bytes: new Uint8Array(8_192 - 512) }),
      file: path(2),
      offset: null,
      says: "is empty, although the log goes on in segment 3",
    },
    {
      name: "the oldest of the remaining segments emptied",
      make: () => {
        const bench = longLog();
        openLog(bench, { files: bench.disk.boot() }).log.trim(base(20), () => undefined);
        bench.settle();
        return bench;
      },
      break: (bench) => patch(bench, path(3), { offset: 512, bytes: new Uint8Array(8_192 - 512) }),
      file: path(3),
      offset: null,
      says: "is empty, although the log goes on in segment 4",
    },
    {
      name: "the active segment cut short",
      make: smallLog,
      break: (bench) => fileOf(bench, path(1)).resize(4_096),
      file: path(1),
      offset: 0,
      says: "4096 bytes",
    },
  ];

  test.each(cases)("$name", ({ make, break: damage, file, offset, says }) => {
    const bench = make();
    damage(bench);
    const before = bench.disk.files().map(([each]) => each);
    const problem = problemOf(bench);
    expect(problem).toMatchObject({ kind: "damaged", file, offset });
    expect(problem.message).toContain(says);
    expect(problem.message).toContain(file);
    expect(problem.message).toContain("Nothing was changed.");
    expect(bench.disk.files().map(([each]) => each)).toEqual(before);
  });

  test("another member's log is foreign, not damaged", () => {
    expect(problemOf(smallLog(), { log: "member-2" })).toMatchObject({ kind: "foreign", file: path(1) });
  });

  test("a log that must be there and is not", () => {
    const problem = problemOf(new DiskBench(), { mustExist: true });
    expect(problem.message).toContain("the log is missing");
  });
});

describe("a recovery that is interrupted at any step is repeated by the next", () => {
  const unused = (bench: DiskBench, number: number): void => {
    const file = new SimulatedFile();
    file.growTo(8_192);
    file.write(0, encodeSegmentHeader({ log: "member-1", number }, 8_192));
    file.sync();
    directoryOf(bench).set(path(number).slice(LOG_DIRECTORY.length + 1), file);
    directoryOf(bench).sync();
  };

  test.each([
    {
      name: "with two segments that were made ahead of time",
      prepare: (bench: DiskBench) => [2, 3].forEach((number) => unused(bench, number)),
      snapshot: null,
      found: 6,
    },
    { name: "with a torn tail", prepare: (bench: DiskBench) => zero(bench, path(1), 2_560), snapshot: null, found: 4 },
    {
      name: "with a segment whose first frame is torn, behind others that a snapshot covers wholly",
      prepare: (bench: DiskBench) => {
        openLog(bench, { files: bench.disk.boot() }).log.trim(base(6), () => undefined);
        bench.settle();
        bench.disk.crash("power");
        unused(bench, 2);
        patch(bench, path(2), { offset: 1_024, bytes: new Uint8Array(SECTOR).fill(markerOf(5, "later")) });
      },
      snapshot: base(6),
      found: 0,
    },
    { name: "with a snapshot ahead of the log", prepare: () => undefined, snapshot: base(30, 1), found: 0 },
    { name: "with a snapshot that the log was not told of", prepare: () => undefined, snapshot: base(4, 1), found: 2 },
  ])("$name", ({ prepare, snapshot, found }) => {
    const bench = smallLog();
    prepare(bench);
    const image = bench.disk.image();
    for (let round = 0; round < 150; round++) {
      bench.disk.restore(image);
      bench.disk.faults.survivalChance = (round % 2) * 0.7;
      recoverLog(logOptions({ files: bench.disk.boot(), snapshot }), () => undefined);
      bench.step(Math.floor(round / 2));
      bench.disk.crash("power");
      expect([round, openLog(bench, { files: bench.disk.boot(), snapshot }).entries.length]).toEqual([round, found]);
      bench.disk.faults.survivalChance = 0;
      bench.disk.crash("power");
      expect([round, openLog(bench, { files: bench.disk.boot(), snapshot }).entries.length]).toEqual([round, found]);
    }
  });
});

describe("log and snapshot after a crash between their steps", () => {
  const trimmedTo = (index: number): DiskBench => {
    const bench = new DiskBench();
    const { log } = openLog(bench, { files: bench.disk.boot() });
    log.append(write({ hardState: { term: asTerm(2), vote: null }, entries: entries(1, 9) }), () => undefined);
    if (index > 0) log.trim(base(index), () => undefined);
    bench.settle();
    bench.disk.crash("power");
    return bench;
  };

  test.each([
    { name: "the snapshot is durable, the log not told yet", trimmed: 0, snapshot: base(4), last: "9/1", count: 5 },
    { name: "the log is told", trimmed: 4, snapshot: base(4), last: "9/1", count: 5 },
    { name: "a newer snapshot followed", trimmed: 4, snapshot: base(7), last: "9/1", count: 2 },
    { name: "an installed snapshot ahead of the log", trimmed: 4, snapshot: base(20, 2), last: undefined, count: 0 },
    { name: "an installed snapshot where the log differs", trimmed: 0, snapshot: base(6, 2), last: undefined, count: 0 },
  ])("$name", ({ trimmed, snapshot, last, count }) => {
    const bench = trimmedTo(trimmed);
    const recovered = openLog(bench, { files: bench.disk.boot(), snapshot });
    expect(recovered.base).toEqual(snapshot);
    expect(idsOf(recovered.entries).at(-1)).toBe(last);
    expect(recovered.entries).toHaveLength(count);
    const next = snapshot.index + count + 1;
    recovered.log.append(write({ entries: [entry(next, 2)] }), () => undefined);
    bench.settle();
    const again = openLog(bench, { files: bench.restart("power"), snapshot });
    expect(idsOf(again.entries).at(-1)).toBe(`${String(next)}/2`);
  });

  test.each([
    { name: "the snapshot is missing", snapshot: null, kind: "damaged", says: "there is no snapshot" },
    { name: "only an older snapshot is there", snapshot: base(3), kind: "damaged", says: "only what is up to entry 3" },
    { name: "the snapshot is another group's", snapshot: base(5, 9), kind: "foreign", says: "another term" },
  ])("$name: refused", ({ snapshot, kind, says }) => {
    const problem = problemOf(trimmedTo(5), { snapshot });
    expect(problem.kind).toBe(kind);
    expect(problem.message).toContain(says);
  });
});
