// A member's snapshots: its own, written slice by slice, and those that come from a peer. Both become durable in the
// same way: whole in a temporary file, synced, renamed, directory synced; only then anybody hears of them, and only
// then the log may be trimmed. All operations run one after the other.
import type { MemberId } from "../../core/base/ids.ts";
import type { PieceWritten } from "../../core/raft/inputs.ts";
import type { SnapshotMeta } from "../../core/raft/snapshot-meta.ts";
import { makeDirectory } from "./directory/make-directory.ts";
import type { DiskAnswer, DiskProblem } from "./disk-problem.ts";
import { TEMPORARY } from "./file-port.ts";
import type { FilePort } from "./file-port.ts";
import { SerialTasks } from "./serial-tasks.ts";
import { IncomingSnapshot } from "./snapshots/incoming-snapshot.ts";
import type { SnapshotPiece } from "./snapshots/incoming-snapshot.ts";
import { KeptSnapshots } from "./snapshots/kept-snapshots.ts";
import { isSnapshotName, snapshotName } from "./snapshots/snapshot-format.ts";
import type { SnapshotContents } from "./snapshots/snapshot-format.ts";
import { SnapshotReader } from "./snapshots/snapshot-reader.ts";
import { SnapshotWriter } from "./snapshots/snapshot-writer.ts";
import { endOf, fail, runTask, valueOf } from "./task.ts";
import type { Task } from "./task.ts";

export type { SnapshotContents } from "./snapshots/snapshot-format.ts";
export type { SnapshotPiece } from "./snapshots/incoming-snapshot.ts";

export type SnapshotStoreOptions = {
  readonly files: FilePort;
  readonly directory: string;
  /** Snapshots of another member are refused. */
  readonly owner: MemberId;
};

type Ended = (problem: DiskProblem | null) => void;

/** A snapshot that this member takes of itself. After a problem it is gone, and its space is free again. */
export type OwnSnapshot = {
  readonly append: (bytes: Uint8Array, ended: Ended) => void;
  readonly commit: (answer: DiskAnswer<SnapshotMeta>) => void;
  readonly abort: (ended: Ended) => void;
};

/** The newest snapshot is checked to its last byte; what crashes left half done is removed. */
export function openSnapshotStore(options: SnapshotStoreOptions, answer: DiskAnswer<SnapshotStore>): void {
  runTask(SnapshotStore.open(options), answer);
}

export class SnapshotStore {
  readonly #options: SnapshotStoreOptions;
  readonly #tasks: SerialTasks;
  readonly #kept: KeptSnapshots;
  readonly #incoming: IncomingSnapshot;
  #ownCount = 0;

  private constructor(options: SnapshotStoreOptions) {
    this.#options = options;
    this.#tasks = new SerialTasks(options.directory);
    this.#kept = new KeptSnapshots(options);
    this.#incoming = new IncomingSnapshot({ ...options, temporary: `incoming${TEMPORARY}` });
  }

  static *open(options: SnapshotStoreOptions): Task<SnapshotStore> {
    const { files, directory } = options;
    const store = new SnapshotStore(options);
    yield* makeDirectory(files, directory);
    const names = yield* valueOf<readonly string[]>((answer) => files.list(directory, answer));
    const newest = names.filter(isSnapshotName).at(-1);
    if (newest !== undefined) {
      const reader = yield* store.#openOwned(newest);
      yield* reader.verify();
      store.#kept.add(newest, reader);
    }
    // Its name may be in the cache only. Once it is durable, what it takes the place of may go.
    yield* endOf((finished) => files.syncDirectory(directory, finished));
    const isUnneeded = (name: string): boolean => name.endsWith(TEMPORARY) || (isSnapshotName(name) && name !== newest);
    for (const name of names.filter(isUnneeded)) yield* endOf((finished) => files.remove(`${directory}/${name}`, finished));
    return store;
  }

  get newest(): SnapshotMeta | null {
    return this.#kept.newest;
  }

  begin(contents: SnapshotContents, answer: DiskAnswer<OwnSnapshot>): void {
    const { files, directory } = this.#options;
    this.#ownCount++;
    const temporary = `own-${String(this.#ownCount)}${TEMPORARY}`;
    this.#tasks.run(
      () => SnapshotWriter.begin({ files, directory, temporary }),
      (problem, writer) => {
        if (problem === null) answer(null, this.#ownSnapshot(contents, writer));
        else answer(problem, null);
      },
    );
  }

  /** A piece from a peer; the answer is what Raft wants to hear about it. */
  receive(piece: SnapshotPiece, answer: DiskAnswer<PieceWritten["result"]>): void {
    this.#tasks.run(() => this.#receive(piece), answer);
  }

  /** Keeps a snapshot until `unpin`, so that it can be sent as a whole. False when it is gone already. */
  pin(id: string, holder: MemberId): boolean {
    return this.#kept.pin(id, holder);
  }

  unpin(id: string, holder: MemberId): void {
    this.#kept.unpin(id, holder);
    this.#tasks.run(
      () => this.#kept.removeUnneeded(),
      () => undefined, // what could not be removed is removed at the next start
    );
  }

  /** A piece of the body, checked. Null: this snapshot is not here any more. */
  read(id: string, range: { readonly offset: number; readonly length: number }, answer: DiskAnswer<Uint8Array | null>): void {
    this.#tasks.run(() => this.#read(id, range), answer);
  }

  close(ended: Ended): void {
    this.#tasks.run(
      () => this.#close(),
      (...[problem]) => ended(problem),
    );
  }

  #ownSnapshot(contents: SnapshotContents, writer: SnapshotWriter): OwnSnapshot {
    return {
      append: (bytes, ended) =>
        this.#tasks.run(
          () => orAbort(writer, writer.append(bytes)),
          (...[problem]) => ended(problem),
        ),
      commit: (answer) => this.#tasks.run(() => orAbort(writer, this.#commit(contents, writer)), answer),
      abort: (ended) =>
        this.#tasks.run(
          () => writer.abort(),
          (...[problem]) => ended(problem),
        ),
    };
  }

  *#receive(piece: SnapshotPiece): Task<PieceWritten["result"]> {
    const result = yield* this.#incoming.receive(piece);
    if (result.kind !== "whole") return result;
    // What is not newer than our own is of no use; for the sender it is as good as received.
    if (this.#isSuperseded(piece.snapshot)) yield* result.writer.abort();
    else yield* orAbort(result.writer, this.#commit(piece.snapshot, result.writer));
    return { kind: "complete", snapshot: piece.snapshot };
  }

  *#commit(contents: SnapshotContents, writer: SnapshotWriter): Task<SnapshotMeta> {
    const { directory, owner } = this.#options;
    if (this.#isSuperseded(contents)) fail("superseded", { file: `${directory}/${snapshotName(contents)}` }, "there is a newer snapshot");
    const { name, meta } = yield* writer.commit({ contents, owner });
    this.#kept.add(name, yield* this.#openOwned(name));
    yield* this.#kept.removeUnneeded();
    return meta;
  }

  #isSuperseded(contents: SnapshotContents): boolean {
    const { newest } = this.#kept;
    return newest !== null && newest.base.index >= contents.base.index;
  }

  *#openOwned(name: string): Task<SnapshotReader> {
    const { files, directory, owner } = this.#options;
    const file = `${directory}/${name}`;
    const reader = yield* SnapshotReader.open(files, file);
    if (reader.owner !== owner) fail("foreign", { file }, `this is a snapshot of member ${reader.owner}, and this is member ${owner}`);
    if (snapshotName(reader.meta) !== name)
      fail("damaged", { file }, `this is the snapshot of entry ${String(reader.meta.base.index)} under another name`);
    return reader;
  }

  *#read(id: string, range: { readonly offset: number; readonly length: number }): Task<Uint8Array | null> {
    const reader = this.#kept.readerOf(id);
    return reader === null ? null : yield* reader.read(range);
  }

  *#close(): Task<void> {
    yield* this.#incoming.abort();
    yield* this.#kept.close();
  }
}

/** A snapshot that can't be finished gives its space back: a full disk is when that matters. */
function* orAbort<T>(writer: SnapshotWriter, task: Task<T>): Task<T> {
  try {
    return yield* task;
  } catch (thrown) {
    yield* writer.abort();
    throw thrown;
  }
}
