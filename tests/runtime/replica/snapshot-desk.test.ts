import { asIndex, asMember, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { NO_MEMBERS } from "../../../core/raft/membership.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { ReplicaEvent } from "../../../core/replica/events.ts";
import type { DiskProblem, DiskProblemKind } from "../../../runtime/disk/disk-problem.ts";
import { diskProblem } from "../../../runtime/disk/disk-problem.ts";
import type { OwnSnapshot, SnapshotStore } from "../../../runtime/disk/snapshot-store.ts";
import { PIECES_WAITING_MAX, SnapshotDesk } from "../../../runtime/replica/snapshot-desk.ts";

const BASE = { index: asIndex(10), term: asTerm(2), serviceIndex: asServiceIndex(9) };
const meta = (id: string, sizeBytes: number): SnapshotMeta => ({
  id,
  base: BASE,
  membership: NO_MEMBERS,
  version: 1,
  sizeBytes,
  checksum: 7,
});
const problem = (kind: DiskProblemKind): DiskProblem => diskProblem(kind, { file: "snapshots" }, "as the test wants it");

type Ended = (problem: DiskProblem | null) => void;

/** A store that answers when it is told to, and keeps what it was asked. */
class SlowStore {
  readonly asked: string[] = [];
  readonly contents = new Map<string, Uint8Array>();
  fails: DiskProblemKind | null = null;
  #answers: (() => void)[] = [];

  settle(): void {
    while (this.#answers.length > 0) this.#answers.shift()?.();
  }

  readonly #own: OwnSnapshot = {
    append: (bytes: Uint8Array, ended: Ended) => this.#later(`append ${bytes.length}`, (failure) => ended(failure)),
    commit: (answer) => this.#later("commit", (failure) => (failure === null ? answer(null, meta("own", 3)) : answer(failure, null))),
    abort: (ended: Ended) => this.#later("abort", () => ended(null)),
  };

  begin: SnapshotStore["begin"] = ({ id }, answer) =>
    this.#later(`begin ${id}`, (failure) => (failure === null ? answer(null, this.#own) : answer(failure, null)));

  receive: SnapshotStore["receive"] = ({ offset }, answer) =>
    this.#later(`receive ${offset}`, (failure) => (failure === null ? answer(null, { kind: "wanted", offset: 5 }) : answer(failure, null)));

  pin: SnapshotStore["pin"] = (id, holder) => {
    this.asked.push(`pin ${id} ${holder}`);
    return this.contents.has(id);
  };

  unpin: SnapshotStore["unpin"] = (id, holder) => void this.asked.push(`unpin ${id} ${holder}`);

  read: SnapshotStore["read"] = (id, { offset, length }, answer) =>
    this.#later(`read ${id} ${offset}`, (failure) =>
      failure === null ? answer(null, this.contents.get(id)?.slice(offset, offset + length) ?? null) : answer(failure, null),
    );

  #later(what: string, answer: (failure: DiskProblem | null) => void): void {
    this.asked.push(what);
    this.#answers.push(() => answer(this.fails === null ? null : problem(this.fails)));
  }
}

function setUp(): {
  readonly store: SlowStore;
  readonly desk: SnapshotDesk;
  readonly events: ReplicaEvent[];
  readonly failures: DiskProblem[];
} {
  const store = new SlowStore();
  const events: ReplicaEvent[] = [];
  const failures: DiskProblem[] = [];
  const desk = new SnapshotDesk({
    store: store as unknown as SnapshotStore,
    deliver: (event) => events.push(event),
    onFailure: (failure) => failures.push(failure),
    sliceBytes: 4,
  });
  return { store, desk, events, failures };
}

const begin = { kind: "snapshotBegin", snapshotId: "own", base: BASE, membership: NO_MEMBERS, version: 1 } as const;
const slice = { kind: "snapshotSlice", snapshotId: "own", bytes: utf8("abc") } as const;
const commit = { kind: "snapshotCommit", snapshotId: "own" } as const;
const abort = { kind: "snapshotAbort", snapshotId: "own" } as const;
const piece = { to: asMember("b"), snapshotId: "s", offset: 0, lengthMax: 4 };

describe("a snapshot of its own", () => {
  test("slices wait for the file, and each step is confirmed", () => {
    const { store, desk, events } = setUp();
    desk.begin(begin);
    desk.slice(slice);
    expect(store.asked).toEqual(["begin own"]);
    store.settle();
    desk.commit(commit);
    store.settle();
    expect(store.asked).toEqual(["begin own", "append 3", "commit"]);
    expect(events).toEqual([
      { kind: "snapshotSliceWritten", snapshotId: "own" },
      { kind: "snapshotSaved", snapshot: meta("own", 3) },
    ]);
  });

  test.each(["full", "superseded"] as const)("one that can't be taken (%s) is told, and what still comes for it is ignored", (kind) => {
    const { store, desk, events, failures } = setUp();
    desk.begin(begin);
    desk.slice(slice);
    store.fails = kind;
    store.settle();
    desk.slice(slice);
    desk.commit(commit);
    expect(events).toEqual([{ kind: "snapshotFailed", snapshotId: "own", reason: problem(kind).message }]);
    expect(failures).toEqual([]);
    expect(store.asked).toEqual(["begin own"]);
  });

  test("a disk that fails ends more than the snapshot", () => {
    const { store, desk, events, failures } = setUp();
    desk.begin(begin);
    store.settle();
    desk.slice(slice);
    store.fails = "failed";
    store.settle();
    expect(events).toEqual([]);
    expect(failures).toHaveLength(1);
  });

  test("one that is given up before its file was open is removed once it is", () => {
    const { store, desk, events } = setUp();
    desk.begin(begin);
    desk.slice(slice);
    desk.abort(abort);
    store.settle();
    expect(store.asked).toEqual(["begin own", "append 3", "abort"]);
    desk.slice(slice);
    expect(store.asked).toHaveLength(3);
    expect(events).toEqual([{ kind: "snapshotSliceWritten", snapshotId: "own" }]);
  });
});

describe("pieces for peers and from them", () => {
  test("a piece is read from a snapshot that stays until it is released", () => {
    const { store, desk, events } = setUp();
    store.contents.set("s", utf8("abcdef"));
    desk.transfer({ kind: "snapshotTransfer", request: { kind: "read", ...piece } });
    store.settle();
    expect(events).toEqual([{ kind: "snapshotPieceRead", piece: { to: "b", snapshotId: "s", offset: 0, bytes: utf8("abcd") } }]);
    desk.transfer({ kind: "snapshotTransfer", request: { kind: "release", to: asMember("b"), snapshotId: "s" } });
    expect(store.asked).toEqual(["pin s b", "read s 0", "unpin s b"]);
  });

  test.each([
    { name: "gone", has: false, fails: null },
    { name: "damaged", has: true, fails: "damaged" },
  ] as const)("of one that is $name nothing is sent", ({ has, fails }) => {
    const { store, desk, events, failures } = setUp();
    if (has) store.contents.set("s", utf8("abcdef"));
    store.fails = fails;
    desk.transfer({ kind: "snapshotTransfer", request: { kind: "read", ...piece } });
    store.settle();
    expect(events).toEqual([{ kind: "snapshotPieceRead", piece: { to: "b", snapshotId: "s", offset: 0, bytes: null } }]);
    expect(failures).toEqual([]);
  });

  const chunk = {
    kind: "snapshotChunk",
    from: asMember("a"),
    to: asMember("b"),
    term: asTerm(1),
    snapshot: meta("s", 9),
    offset: 0,
    bytes: utf8("abc"),
    round: 1,
  } as const;

  test.each([
    { fails: null, delivered: 1, failed: 0 },
    { fails: "full", delivered: 0, failed: 0 },
    { fails: "failed", delivered: 0, failed: 1 },
  ] as const)("a piece that arrives when the disk is $fails", ({ fails, delivered, failed }) => {
    const { store, desk, events, failures } = setUp();
    store.fails = fails;
    desk.transfer({ kind: "snapshotTransfer", request: { kind: "receive", chunk } });
    store.settle();
    expect(events).toHaveLength(delivered);
    expect(failures).toHaveLength(failed);
    if (fails === null) {
      expect(events[0]).toEqual({
        kind: "snapshotPieceWritten",
        piece: { from: "a", snapshotId: "s", result: { kind: "wanted", offset: 5 } },
      });
    }
  });

  test("what peers send or ask for waits for the disk in small number, and the rest is lost without harm", () => {
    const { store, desk, events, failures } = setUp();
    store.contents.set("s", utf8("abcdefgh"));
    for (let i = 0; i < 2_000; i++) {
      desk.transfer({ kind: "snapshotTransfer", request: { kind: "receive", chunk } });
      desk.transfer({ kind: "snapshotTransfer", request: { kind: "read", ...piece } });
    }
    const askedFor = (what: string): number => store.asked.filter((each) => each.startsWith(what)).length;
    expect([askedFor("receive"), askedFor("read")]).toEqual([PIECES_WAITING_MAX.received, PIECES_WAITING_MAX.read]);
    store.settle();
    expect(events).toHaveLength(PIECES_WAITING_MAX.received + PIECES_WAITING_MAX.read);
    desk.transfer({ kind: "snapshotTransfer", request: { kind: "receive", chunk } });
    expect(askedFor("receive")).toBe(PIECES_WAITING_MAX.received + 1);
    expect(failures).toEqual([]);
  });
});

describe("a restoration", () => {
  const slices = (events: readonly ReplicaEvent[]): readonly (readonly [string, boolean])[] =>
    events.flatMap((event) =>
      event.kind === "restoreSlice" ? [[`${event.snapshotId} ${Buffer.from(event.bytes).toString()}`, event.last] as const] : [],
    );

  test("comes in slices, the last one marked, and holds its snapshot as long", () => {
    const { store, desk, events } = setUp();
    store.contents.set("s", utf8("abcdefghij"));
    desk.restore({ kind: "restoreBegin", snapshot: meta("s", 10) });
    store.settle();
    expect(slices(events)).toEqual([
      ["s abcd", false],
      ["s efgh", false],
      ["s ij", true],
    ]);
    expect(store.asked.at(0)).toBe("pin s restoration");
    expect(store.asked.at(-1)).toBe("unpin s restoration");
  });

  test("of an empty snapshot is one empty slice", () => {
    const { store, desk, events } = setUp();
    store.contents.set("s", utf8(""));
    desk.restore({ kind: "restoreBegin", snapshot: meta("s", 0) });
    store.settle();
    expect(slices(events)).toEqual([["s ", true]]);
  });

  test("of a snapshot that is gone ends too early, for the replica to notice", () => {
    const { store, desk, events } = setUp();
    desk.restore({ kind: "restoreBegin", snapshot: meta("s", 10) });
    store.settle();
    expect(slices(events)).toEqual([["s ", true]]);
  });

  test("that is damaged ends the process", () => {
    const { store, desk, events, failures } = setUp();
    store.contents.set("s", utf8("abcdefghij"));
    store.fails = "damaged";
    desk.restore({ kind: "restoreBegin", snapshot: meta("s", 10) });
    store.settle();
    expect(events).toEqual([]);
    expect(failures.map(({ kind }) => kind)).toEqual(["damaged"]);
  });

  test("gives way to a newer one, and lets go of the older snapshot", () => {
    const { store, desk, events } = setUp();
    store.contents.set("s", utf8("abcdefghij"));
    store.contents.set("t", utf8("xy"));
    desk.restore({ kind: "restoreBegin", snapshot: meta("s", 10) });
    desk.restore({ kind: "restoreBegin", snapshot: meta("t", 2) });
    store.settle();
    expect(slices(events)).toEqual([["t xy", true]]);
    expect(store.asked).toContain("unpin s restoration");
    expect(store.asked).toContain("unpin t restoration");
  });
});
