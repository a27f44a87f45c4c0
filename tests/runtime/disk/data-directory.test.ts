import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import { lifeNumber, LIVES_KEPT } from "../../../core/replica/life-number.ts";
import type { Identity } from "../../../core/replica/identity.ts";
import { openDataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import { DEFAULT_LOG_LIMITS } from "../../../runtime/disk/log/log-options.ts";
import { openMemberStorage } from "../../../runtime/disk/member-storage.ts";
import type { MemberStorage } from "../../../runtime/disk/member-storage.ts";
import type { OwnSnapshot } from "../../../runtime/disk/snapshot-store.ts";
import { base, DiskBench, entries, write } from "./disk-bench.ts";

const PATH = "/replica-1-0";
const IDENTITY: Identity = {
  kind: "born",
  member: asMember("m1"),
  group: asGroup("1"),
  ordinal: 0,
  founding: {
    cluster: asCluster("c"),
    group: asGroup("1"),
    members: [{ member: asMember("m1"), place: { ordinal: 0, address: "http://a" } }],
  },
};

function open(bench: DiskBench, files = bench.disk.boot()): DataDirectory {
  return bench.value<DataDirectory>((answer) => openDataDirectory({ files, path: PATH, mark: 0 }, answer));
}

function problemOf(bench: DiskBench, files = bench.disk.boot()): DiskProblem {
  return bench.problem((answer) => openDataDirectory({ files, path: PATH, mark: 0 }, answer));
}

function ends(bench: DiskBench, start: (ended: (problem: DiskProblem | null) => void) => void): void {
  const problems: (DiskProblem | null)[] = [];
  start((problem) => problems.push(problem));
  bench.settle();
  expect(problems).toEqual([null]);
}

function storageOf(bench: DiskBench, directory: DataDirectory): MemberStorage {
  const failures: DiskProblem[] = [];
  return bench.value<MemberStorage>((answer) =>
    openMemberStorage(
      {
        directory,
        member: asMember("m1"),
        limits: { ...DEFAULT_LOG_LIMITS, segmentBytes: 8_192 },
        onFailure: (problem) => failures.push(problem),
        observe: () => undefined,
      },
      answer,
    ),
  );
}

const pathsIn = (bench: DiskBench): readonly string[] => bench.disk.files().map(([path]) => path.slice(PATH.length + 1));

/** A member with a log, a snapshot and an identity, stopped in good order. */
function usedDirectory(): DiskBench {
  const bench = new DiskBench();
  const directory = open(bench);
  ends(bench, (ended) => directory.saveIdentity(IDENTITY, ended));
  const { recovered, snapshots } = storageOf(bench, directory);
  recovered.log.append(write({ entries: entries(1, 5) }), () => undefined);
  const contents = {
    id: "s",
    base: base(3),
    membership: { index: 0, voters: [], outgoing: [], learners: [], removed: [], places: {} } as never,
    version: 1,
  };
  const own = bench.value<OwnSnapshot>((answer) => snapshots.begin(contents, answer));
  bench.value((answer) => own.commit(answer));
  recovered.log.trim(base(3), () => undefined);
  bench.settle();
  bench.disk.crash("power");
  return bench;
}

test("a new directory is blank", () => {
  const directory = open(new DiskBench());
  expect([directory.identity, directory.hasLog, directory.boot]).toEqual([null, false, 1]);
});

test("the boot number rises with every start, and no crash takes it back", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const bench = new DiskBench(seed);
    let known = 0;
    for (let life = 0; life < 6; life++) {
      let opened: DataDirectory | null = null;
      openDataDirectory({ files: bench.disk.boot(), path: PATH, mark: 0 }, (problem, directory) => {
        if (problem !== null) throw new Error(problem.message);
        opened = directory;
      });
      bench.step(bench.random.between(3, 25));
      const boot = (opened as DataDirectory | null)?.boot ?? null;
      if (boot !== null) {
        expect(boot).toBeGreaterThan(known);
        known = boot;
      }
      bench.disk.crash(bench.random.pick(["power", "process"] as const));
    }
    expect(open(bench).boot).toBeGreaterThan(known);
  }
});

test("the identity is what was saved last, also after a loss of power", () => {
  const bench = new DiskBench();
  const directory = open(bench);
  ends(bench, (ended) => directory.saveIdentity({ kind: "unborn", member: asMember("m1"), group: asGroup("1"), ordinal: 0 }, ended));
  ends(bench, (ended) => directory.saveIdentity(IDENTITY, ended));
  bench.disk.crash("power");
  const again = open(bench);
  expect([again.identity, again.boot]).toEqual([IDENTITY, 2]);
});

test("two cannot use it at the same time, and a released one is free", () => {
  const bench = new DiskBench();
  const files = bench.disk.boot();
  const directory = open(bench, files);
  expect(problemOf(bench, files)).toMatchObject({ kind: "inUse", file: PATH });
  ends(bench, (ended) => directory.close(ended));
  expect(open(bench, files).boot).toBe(2);
});

test("a directory that was refused is free again", () => {
  const bench = usedDirectory();
  bench.disk.flipBit(`${PATH}/identity.json`, 50);
  const files = bench.disk.boot();
  expect(problemOf(bench, files).kind).toBe("damaged");
  expect(problemOf(bench, files).kind).toBe("damaged");
});

describe("a directory that is not as it was left is refused, by name", () => {
  test("any bit of the identity flipped", () => {
    const bench = usedDirectory();
    const image = bench.disk.image();
    const size = bench.disk.files().find(([path]) => path.endsWith("identity.json"))?.[1].size ?? 0;
    for (let bit = 0; bit < 8 * (size - 1); bit += 7) {
      bench.disk.restore(image);
      bench.disk.flipBit(`${PATH}/identity.json`, bit);
      expect([bit, problemOf(bench)]).toMatchObject([bit, { kind: "damaged", file: `${PATH}/identity.json` }]);
    }
  });

  test("a newer layout", () => {
    const bench = usedDirectory();
    replaceText(bench, `{"layout":9}\n${crc32c(utf8('{"layout":9}')).toString(16)}\n`);
    const problem = problemOf(bench);
    expect(problem).toMatchObject({ kind: "newerVersion" });
    expect(problem.message).toContain("layout 9, this program knows 1");
  });

  test.each(["", "[]\nabc\n", "null\n00000000\n"])("nonsense: %j", (text) => {
    const bench = usedDirectory();
    replaceText(bench, text);
    expect(problemOf(bench).kind).toBe("damaged");
  });

  test.each(["log", "snapshots"])("no identity, although there is something in %s", (folder) => {
    const bench = usedDirectory();
    const directory = bench.disk.root.get("replica-1-0");
    if (directory?.kind !== "directory") throw new Error("no directory");
    directory.set("identity.json", null);
    directory.set(folder === "log" ? "snapshots" : "log", null);
    const problem = problemOf(bench);
    expect(problem.kind).toBe("damaged");
    expect(problem.message).toContain(`there is something in ${folder}/`);
  });

  test("a log that was there once", () => {
    const bench = usedDirectory();
    const directory = bench.disk.root.get("replica-1-0");
    if (directory?.kind !== "directory") throw new Error("no directory");
    directory.set("log", null);
    const opened = open(bench);
    const problem = bench.problem((answer) =>
      openMemberStorage(
        { directory: opened, member: asMember("m1"), limits: DEFAULT_LOG_LIMITS, onFailure: () => undefined, observe: () => undefined },
        answer,
      ),
    );
    expect(problem.message).toContain("the log is missing");
  });
});

test("what a member keeps is found again together", () => {
  const bench = usedDirectory();
  const { recovered, snapshots } = storageOf(bench, open(bench));
  expect(snapshots.newest?.base).toEqual(base(3));
  expect(recovered.base).toEqual(base(3));
  expect(recovered.entries.map(({ index }) => index)).toEqual([4, 5]);
});

test("the latest lives are kept, with their marks", () => {
  const bench = new DiskBench();
  const start = (mark: number): DataDirectory =>
    bench.value<DataDirectory>((answer) => openDataDirectory({ files: bench.disk.boot(), path: PATH, mark }, answer));
  expect([start(5).earlierLives, start(6).earlierLives]).toEqual([[], [lifeNumber(1, 5)]]);
  const third = start(7);
  expect([third.life, third.earlierLives]).toEqual([lifeNumber(3, 7), [lifeNumber(1, 5), lifeNumber(2, 6)]]);
  for (let i = 0; i < LIVES_KEPT; i++) start(8);
  const latest = start(9);
  expect([latest.life, latest.earlierLives.length]).toEqual([lifeNumber(4 + LIVES_KEPT, 9), LIVES_KEPT]);
  expect(latest.earlierLives.at(-1)).toBe(lifeNumber(3 + LIVES_KEPT, 8));
});

describe("setting aside", () => {
  test("is certain from its mark on: whatever happens then, the next start is blank", () => {
    const bench = usedDirectory();
    ends(bench, (ended) => open(bench).markAside(ended));
    bench.disk.crash("power");
    const again = open(bench);
    expect([again.identity, again.hasLog, again.earlierLives]).toEqual([null, false, []]);
    expect(pathsIn(bench).filter((path) => /^aside-1\/(log|snapshots|identity)/.test(path)).length).toBeGreaterThanOrEqual(3);
  });

  test("keeps everything in a folder of its own and begins blank, with a higher boot number", () => {
    const bench = usedDirectory();
    const directory = open(bench);
    ends(bench, (ended) => directory.setAside(ended));
    expect([directory.identity, directory.hasLog]).toEqual([null, false]);
    bench.disk.crash("power");
    const again = open(bench);
    expect([again.identity, again.hasLog, again.boot]).toEqual([null, false, 3]);
    expect(pathsIn(bench).filter((path) => path.startsWith("aside-1/")).length).toBeGreaterThanOrEqual(3);
    expect(storageOf(bench, again).recovered.entries).toEqual([]);
  });

  test("is completed by a later start, whatever step a crash came at", () => {
    const reached = new Set<string>();
    for (let seed = 1; seed <= 150; seed++) {
      const bench = usedDirectory();
      bench.disk.faults.survivalChance = bench.random.pick([0, 0.5, 1]);
      const directory = open(bench);
      directory.setAside(() => undefined);
      bench.step(seed % 50);
      bench.disk.crash(seed % 3 === 0 ? "process" : "power");
      const again = open(bench);
      reached.add(again.identity === null ? "blank" : "not begun");
      if (again.identity !== null) expect(storageOf(bench, again).recovered.entries).toHaveLength(2);
      else expect(pathsIn(bench).filter((path) => /^aside-1\/(log|snapshots|identity)/.test(path)).length).toBeGreaterThanOrEqual(3);
      if (again.identity === null) expect(storageOf(bench, again).recovered.entries).toEqual([]);
    }
    expect([...reached].sort()).toEqual(["blank", "not begun"]);
  });

  test("keeps the last two, so that a disk never fills up with what is of no use", () => {
    const bench = usedDirectory();
    const directory = open(bench);
    for (let i = 0; i < 4; i++) ends(bench, (ended) => directory.setAside(ended));
    const folders = new Set(pathsIn(bench).map((path) => path.split("/")[0]));
    expect([...folders].sort()).toEqual(["aside-3", "aside-4", "identity.json"]);
  });
});

function replaceText(bench: DiskBench, text: string): void {
  const file = bench.disk.files().find(([path]) => path.endsWith("identity.json"))?.[1];
  file?.resize(0);
  file?.write(0, Buffer.from(text));
  file?.sync();
}
