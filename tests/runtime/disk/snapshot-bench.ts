// A snapshot store on a simulated disk, and snapshots to put into it.
import { asIndex, asMember } from "../../../core/base/ids.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import { openSnapshotStore } from "../../../runtime/disk/snapshot-store.ts";
import type { OwnSnapshot, SnapshotContents, SnapshotStore } from "../../../runtime/disk/snapshot-store.ts";
import { base } from "./disk-bench.ts";
import type { DiskBench } from "./disk-bench.ts";

export const DIRECTORY = "/data/snapshots";
export const OWNER = asMember("m1");
export const PEER = asMember("m2");
const MEMBERSHIP: Membership = {
  index: asIndex(0),
  voters: [OWNER],
  outgoing: [],
  learners: [],
  removed: [],
  places: { m1: { ordinal: 0, address: "http://a" } },
};

export const contents = (index: number, id = `snapshot-${String(index)}`): SnapshotContents => ({
  id,
  base: base(index),
  membership: MEMBERSHIP,
  version: 1,
});

/** Different at each place, so that nothing can be mistaken for another part of it. */
export function bodyOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
}

export function openStore(bench: DiskBench, owner = OWNER): SnapshotStore {
  return bench.value<SnapshotStore>((answer) => openSnapshotStore({ files: bench.disk.boot(), directory: DIRECTORY, owner }, answer));
}

export function ended(bench: DiskBench, start: (ended: (problem: DiskProblem | null) => void) => void): DiskProblem | null {
  let result: DiskProblem | null | undefined;
  start((problem) => (result = problem));
  bench.settle();
  if (result === undefined) throw new Error("did not end");
  return result;
}

export function write(
  bench: DiskBench,
  store: SnapshotStore,
  what: { readonly contents: SnapshotContents; readonly body: Uint8Array; readonly slice?: number },
): OwnSnapshot {
  const own = bench.value<OwnSnapshot>((answer) => store.begin(what.contents, answer));
  const slice = what.slice ?? 10_000;
  for (let offset = 0; offset < what.body.length; offset += slice) {
    expect(ended(bench, (end) => own.append(what.body.subarray(offset, offset + slice), end))).toBeNull();
  }
  return own;
}

export function take(bench: DiskBench, store: SnapshotStore, what: { readonly index: number; readonly body?: Uint8Array }): SnapshotMeta {
  const own = write(bench, store, { contents: contents(what.index), body: what.body ?? bodyOf(1_000) });
  return bench.value<SnapshotMeta>((answer) => own.commit(answer));
}

export function read(
  bench: DiskBench,
  store: SnapshotStore,
  what: { readonly id: string; readonly offset?: number; readonly length?: number },
): Uint8Array | null {
  const range = { offset: what.offset ?? 0, length: what.length ?? 10_000_000 };
  return bench.value<Uint8Array | null>((answer) => store.read(what.id, range, answer));
}

export const namesIn = (bench: DiskBench): readonly string[] =>
  bench.disk
    .files()
    .map(([path]) => path)
    .filter((path) => path.startsWith(DIRECTORY));
