import { asMember } from "../../../core/base/ids.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { OwnSnapshot, SnapshotStore } from "../../../runtime/disk/snapshot-store.ts";
import { base, DiskBench } from "./disk-bench.ts";
import { bodyOf, contents, ended, namesIn, openStore, PEER, read, take, write } from "./snapshot-bench.ts";

describe("an own snapshot", () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 200_000])("of %i bytes is found after a loss of power, as it was written", (size) => {
    const bench = new DiskBench();
    const body = bodyOf(size);
    const meta = take(bench, openStore(bench), { index: 7, body });
    expect(meta).toEqual({ ...contents(7), sizeBytes: size, checksum: crc32c(body) });
    bench.disk.crash("power");
    const store = openStore(bench);
    expect(store.newest).toEqual(meta);
    expect(Buffer.compare(read(bench, store, { id: meta.id }) ?? bodyOf(3), body)).toBe(0);
  });

  test("can be read in any piece", () => {
    const bench = new DiskBench();
    const body = bodyOf(150_000);
    const store = openStore(bench);
    const { id } = take(bench, store, { index: 7, body });
    for (const [offset, length] of [
      [0, 10],
      [65_530, 12],
      [65_536, 65_536],
      [149_990, 500],
      [150_000, 5],
      [400_000, 5],
    ] as const) {
      expect([...(read(bench, store, { id, offset, length }) ?? [])]).toEqual([...body.subarray(offset, offset + length)]);
    }
  });

  test("does not exist before its commit, and leaves nothing behind without one", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    write(bench, store, { contents: contents(7), body: bodyOf(5_000) });
    expect(store.newest).toBeNull();
    expect(namesIn(bench)).toHaveLength(1);
    bench.disk.crash("process");
    expect(openStore(bench).newest).toBeNull();
    expect(namesIn(bench)).toEqual([]);
  });

  test("that is given up gives its space back", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const own = write(bench, store, { contents: contents(7), body: bodyOf(5_000) });
    expect(ended(bench, own.abort)).toBeNull();
    expect(namesIn(bench)).toEqual([]);
  });

  test("takes the place of the older one", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const first = take(bench, store, { index: 7 });
    const second = take(bench, store, { index: 9 });
    expect(store.newest).toEqual(second);
    expect(read(bench, store, { id: first.id })).toBeNull();
    expect(namesIn(bench)).toHaveLength(1);
  });

  test("that is older than what arrived meanwhile is of no use", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const own = write(bench, store, { contents: contents(7), body: bodyOf(500) });
    const newer = take(bench, store, { index: 9 });
    expect(bench.problem((answer) => own.commit(answer))).toMatchObject({ kind: "superseded" });
    expect(store.newest).toEqual(newer);
    expect(namesIn(bench)).toHaveLength(1);
  });

  test("for which there is no space fails alone, and gives back what it took", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const before = take(bench, store, { index: 7 });
    bench.disk.faults.quotaBytes = bench.disk.usedBytes + 10_000;
    const own = bench.value<OwnSnapshot>((answer) => store.begin(contents(9), answer));
    expect(ended(bench, (end) => own.append(bodyOf(9_000), end))).toBeNull();
    expect(ended(bench, (end) => own.append(bodyOf(9_000), end))).toMatchObject({ kind: "full" });
    expect(namesIn(bench)).toHaveLength(1);
    expect(store.newest).toEqual(before);
    bench.disk.faults.quotaBytes = Infinity;
    expect(take(bench, store, { index: 11 }).base.index).toBe(11);
  });

  test("whose sync fails is not believed", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const own = write(bench, store, { contents: contents(9), body: bodyOf(500) });
    bench.disk.faults.failNextSyncs = 1;
    expect(bench.problem((answer) => own.commit(answer))).toMatchObject({ kind: "failed" });
    expect(store.newest).toBeNull();
    expect(namesIn(bench)).toEqual([]);
  });
});

test("at whatever step a crash comes, there is the old snapshot or the new one, whole", () => {
  const outcomes = new Set<number>();
  for (let seed = 1; seed <= 150; seed++) {
    const bench = new DiskBench(seed);
    bench.disk.faults.survivalChance = bench.random.pick([0, 0.5, 1]);
    const store = openStore(bench);
    const body = bodyOf(3_000);
    take(bench, store, { index: 7, body });
    let committed: SnapshotMeta | null = null;
    store.begin(contents(9), (problem, own) => {
      if (problem !== null) throw new Error(problem.message);
      own.append(body, () => undefined);
      own.commit((_, meta) => (committed = meta));
    });
    bench.step(bench.random.between(0, 16));
    bench.disk.crash(bench.random.pick(["power", "process"] as const));
    const newest = openStore(bench).newest;
    if (committed !== null) expect(newest).toEqual(committed);
    outcomes.add(newest?.base.index ?? 0);
    bench.disk.crash("power");
    const again = openStore(bench);
    expect(again.newest).toEqual(newest);
    expect(read(bench, again, { id: newest?.id ?? "" })).toHaveLength(3_000);
    expect(namesIn(bench)).toHaveLength(1);
  }
  expect([...outcomes].sort()).toEqual([7, 9]);
});

describe("a snapshot that is being sent", () => {
  test("stays until it is released, however many newer ones there are, up to a bound", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const metas = [1, 2, 3, 4].map((index) => {
      const meta = take(bench, store, { index });
      expect(store.pin(meta.id, PEER)).toBe(true);
      return meta;
    });
    const isThere = metas.map(({ id }) => read(bench, store, { id }) !== null);
    expect(isThere).toEqual([false, true, true, true]);
    store.unpin("snapshot-2", PEER);
    bench.settle();
    expect(read(bench, store, { id: "snapshot-2" })).toBeNull();
    expect(store.pin("snapshot-2", PEER)).toBe(false);
  });

  test("is held by each receiver on its own", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const { id } = take(bench, store, { index: 1 });
    store.pin(id, PEER);
    store.pin(id, asMember("m3"));
    take(bench, store, { index: 2 });
    store.unpin(id, PEER);
    bench.settle();
    expect(read(bench, store, { id })).not.toBeNull();
    store.unpin(id, asMember("m3"));
    bench.settle();
    expect(read(bench, store, { id })).toBeNull();
  });
});

describe("a snapshot from a peer", () => {
  const body = bodyOf(10_000);
  const announced: SnapshotMeta = { ...contents(20, "m2-20"), sizeBytes: body.length, checksum: crc32c(body) };

  const receive = (
    bench: DiskBench,
    store: SnapshotStore,
    piece: { offset: number; bytes: Uint8Array; from?: string; snapshot?: SnapshotMeta },
  ): unknown => bench.value((answer) => store.receive({ from: PEER, snapshot: announced, ...piece }, answer));
  const pieceAt = (offset: number, length = 4_000): { offset: number; bytes: Uint8Array } => ({
    offset,
    bytes: body.subarray(offset, offset + length),
  });

  test("arrives piece by piece and is durable when it is complete", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    expect(receive(bench, store, pieceAt(0))).toEqual({ kind: "wanted", offset: 4_000 });
    expect(receive(bench, store, pieceAt(4_000))).toEqual({ kind: "wanted", offset: 8_000 });
    expect(receive(bench, store, pieceAt(8_000))).toEqual({ kind: "complete", snapshot: announced });
    bench.disk.crash("power");
    const again = openStore(bench);
    expect(again.newest).toEqual(announced);
    expect(Buffer.compare(read(bench, again, { id: "m2-20" }) ?? bodyOf(1), body)).toBe(0);
  });

  test("goes on exactly where it stopped; late, repeated and skipped pieces change nothing", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    receive(bench, store, pieceAt(0));
    expect(receive(bench, store, pieceAt(0))).toEqual({ kind: "wanted", offset: 4_000 });
    expect(receive(bench, store, pieceAt(8_000))).toEqual({ kind: "wanted", offset: 4_000 });
    receive(bench, store, pieceAt(4_000));
    expect(receive(bench, store, pieceAt(8_000))).toMatchObject({ kind: "complete" });
  });

  test.each([
    { name: "another sender", change: { from: "m3" } },
    { name: "another id", change: { snapshot: { ...announced, id: "m2-21" } } },
    { name: "another checksum", change: { snapshot: { ...announced, checksum: 5 } } },
    { name: "another size", change: { snapshot: { ...announced, sizeBytes: 20_000 } } },
    { name: "another index", change: { snapshot: { ...announced, base: base(21) } } },
  ])("does not go on with $name, which has to begin at the beginning", ({ change }) => {
    const bench = new DiskBench();
    const store = openStore(bench);
    receive(bench, store, pieceAt(0));
    expect(receive(bench, store, { ...pieceAt(4_000), ...change })).toEqual({ kind: "wanted", offset: 0 });
    expect(receive(bench, store, { ...pieceAt(0), ...change })).toEqual({ kind: "wanted", offset: 4_000 });
    expect(receive(bench, store, pieceAt(4_000))).toEqual({ kind: "wanted", offset: 0 });
  });

  test.each([
    { name: "other bytes than announced", last: { offset: 8_000, bytes: new Uint8Array(2_000) } },
    { name: "more bytes than announced", last: { offset: 8_000, bytes: new Uint8Array(2_001) } },
  ])("with $name is damaged, and nothing of it stays", ({ last }) => {
    const bench = new DiskBench();
    const store = openStore(bench);
    receive(bench, store, pieceAt(0));
    receive(bench, store, pieceAt(4_000));
    expect(receive(bench, store, last)).toEqual({ kind: "damaged" });
    expect(store.newest).toBeNull();
    expect(namesIn(bench)).toEqual([]);
  });

  test("without any bytes is complete with its first piece", () => {
    const bench = new DiskBench();
    const empty = { ...announced, sizeBytes: 0, checksum: 0 };
    expect(receive(bench, openStore(bench), { offset: 0, bytes: new Uint8Array(0), snapshot: empty })).toEqual({
      kind: "complete",
      snapshot: empty,
    });
  });

  test("that is no newer than our own is taken for received and not kept", () => {
    const bench = new DiskBench();
    const store = openStore(bench);
    const own = take(bench, store, { index: 25 });
    expect(receive(bench, store, pieceAt(0, 10_000))).toEqual({ kind: "complete", snapshot: announced });
    expect(store.newest).toEqual(own);
    expect(namesIn(bench)).toHaveLength(1);
  });

  test.each([
    { name: "no membership", change: { membership: null } },
    { name: "an index below zero", change: { base: { ...announced.base, index: -5 } } },
    { name: "a version that is no number", change: { version: "1" } },
  ])("with $name is turned away: it could never be read again", ({ change }) => {
    const bench = new DiskBench();
    const hostile = { ...announced, ...change } as unknown as SnapshotMeta;
    expect(receive(bench, openStore(bench), { ...pieceAt(0, 10_000), snapshot: hostile })).toEqual({ kind: "damaged" });
    expect(namesIn(bench)).toEqual([]);
  });

  test("with a hostile id stays in its directory", () => {
    const bench = new DiskBench();
    const hostile = { ...announced, id: "../../../etc/passwd\0" };
    receive(bench, openStore(bench), { ...pieceAt(0, 10_000), snapshot: hostile });
    expect(namesIn(bench)).toHaveLength(1);
    expect(bench.disk.files()).toHaveLength(1);
    bench.disk.crash("power");
    expect(openStore(bench).newest).toEqual(hostile);
  });
});
