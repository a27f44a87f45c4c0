// Snapshots that are not as they were written: found at the start or when they are read, and named.
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import { openSnapshotStore } from "../../../runtime/disk/snapshot-store.ts";
import type { SnapshotStore } from "../../../runtime/disk/snapshot-store.ts";
import { DiskBench } from "./disk-bench.ts";
import { bodyOf, DIRECTORY, namesIn, openStore, OWNER, PEER, read, take } from "./snapshot-bench.ts";

describe("a damaged snapshot", () => {
  function damaged(change: (bench: DiskBench, path: string) => void): DiskProblem {
    const bench = new DiskBench();
    take(bench, openStore(bench), { index: 7, body: bodyOf(70_000) });
    bench.disk.crash("power");
    const [path = ""] = namesIn(bench);
    change(bench, path);
    return bench.problem((answer) => openSnapshotStore({ files: bench.disk.boot(), directory: DIRECTORY, owner: OWNER }, answer));
  }

  test.each([
    {
      name: "a flipped bit in the body",
      change: (bench: DiskBench, path: string) => bench.disk.flipBit(path, 8 * 66_000),
      says: "at byte 65536: the checksum of a block",
    },
    {
      name: "a flipped bit in the description",
      change: (bench: DiskBench, path: string) => bench.disk.flipBit(path, 8 * 70_020),
      says: "description",
    },
    {
      name: "a flipped bit in the footer",
      change: (bench: DiskBench, path: string) => bench.disk.flipBit(path, 8 * (lengthOf(bench, path) - 10)),
      says: "the end of the snapshot",
    },
    { name: "a file cut short", change: (bench: DiskBench, path: string) => resize(bench, path, 50_000), says: "the end of the snapshot" },
    { name: "an empty file", change: (bench: DiskBench, path: string) => resize(bench, path, 0), says: "too short" },
  ])("is refused by name: $name", ({ change, says }) => {
    const problem = damaged(change);
    expect(problem.kind).toBe("damaged");
    expect(problem.message).toContain(DIRECTORY);
    expect(problem.message).toContain(says);
  });

  test("never makes way for an older one", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    store.pin(take(bench, store, { index: 7 }).id, PEER);
    take(bench, store, { index: 9 });
    bench.disk.crash("power");
    const [, newest = ""] = namesIn(bench);
    bench.disk.flipBit(newest, 100);
    const problem = bench.problem((answer) => openSnapshotStore({ files: bench.disk.boot(), directory: DIRECTORY, owner: OWNER }, answer));
    expect(problem).toMatchObject({ kind: "damaged", file: newest });
    expect(namesIn(bench)).toHaveLength(2);
  });

  test("of another member is foreign", () => {
    const bench = new DiskBench();
    take(bench, openStore(bench), { index: 7 });
    bench.disk.crash("power");
    const problem = bench.problem((answer) => openSnapshotStore({ files: bench.disk.boot(), directory: DIRECTORY, owner: PEER }, answer));
    expect(problem).toMatchObject({ kind: "foreign" });
  });

  test("is noticed when a piece of it is read later", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const { id } = take(bench, store, { index: 7, body: bodyOf(70_000) });
    bench.disk.flipBit(namesIn(bench)[0] ?? "", 8 * 69_000);
    expect(read(bench, store, { id, offset: 0, length: 65_536 })).toHaveLength(65_536);
    expect(bench.problem((answer) => store.read(id, { offset: 65_536, length: 10 }, answer))).toMatchObject({
      kind: "damaged",
      offset: 65_536,
    });
  });

  test("is noticed in a block of which the beginning was read before", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const body = bodyOf(70_000);
    const { id } = take(bench, store, { index: 7, body });
    expect(read(bench, store, { id, offset: 0, length: 10 })).toEqual(body.slice(0, 10));
    expect(read(bench, store, { id, offset: 10, length: 10 })).toEqual(body.slice(10, 20));
    bench.disk.flipBit(namesIn(bench)[0] ?? "", 8 * 60_000);
    expect(bench.problem((answer) => store.read(id, { offset: 20, length: 10 }, answer))).toMatchObject({ kind: "damaged", offset: 0 });
  });

  test("with any bits flipped is refused, or is what was written", () => {
    const bench = new DiskBench();
    const meta = take(bench, openStore(bench), { index: 7, body: bodyOf(2_000) });
    bench.disk.crash("power");
    const image = bench.disk.image();
    for (let round = 0; round < 300; round++) {
      bench.disk.restore(image);
      const [path = ""] = namesIn(bench);
      bench.disk.flipBit(path, bench.random.between(0, 8 * lengthOf(bench, path) - 1));
      const { problem, value } = bench.result<SnapshotStore>((answer) =>
        openSnapshotStore({ files: bench.disk.boot(), directory: DIRECTORY, owner: OWNER }, answer),
      );
      expect(problem?.kind ?? value?.newest).toEqual(problem === null ? meta : expect.stringMatching(/damaged|newerVersion/));
    }
  });
});

function lengthOf(bench: DiskBench, path: string): number {
  return bench.disk.files().find(([each]) => each === path)?.[1].size ?? 0;
}

function resize(bench: DiskBench, path: string, size: number): void {
  bench.disk
    .files()
    .find(([each]) => each === path)?.[1]
    .resize(size);
}
