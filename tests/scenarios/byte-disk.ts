// The disk of one member, for scenarios about bytes: the real data directory, log and snapshot store over a simulated disk. It fails
// when a command says so and never by chance, and a loss of power takes everything that was not synced.
import type { MemberId } from "../../core/base/ids.ts";
import type { LogBase } from "../../core/raft/entry.ts";
import type { PieceWritten } from "../../core/raft/inputs.ts";
import type { MessageOf } from "../../core/raft/messages.ts";
import type { Persist } from "../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../core/raft/snapshot-meta.ts";
import { openDataDirectory } from "../../runtime/disk/data-directory.ts";
import type { DiskProblem } from "../../runtime/disk/disk-problem.ts";
import type { LogLimits, LogObservation } from "../../runtime/disk/log/log-options.ts";
import { openMemberStorage } from "../../runtime/disk/member-storage.ts";
import type { MemberStorage } from "../../runtime/disk/member-storage.ts";
import type { OwnSnapshot } from "../../runtime/disk/snapshot-store.ts";
import type { Disk, DiskOfBytes, ReceivedPiece, StoredSnapshot } from "../core/raft/cluster.ts";
import { DiskBench } from "../runtime/disk/disk-bench.ts";
import type { Result } from "../runtime/disk/disk-bench.ts";
import type { DiskImage, SimulatedDisk } from "../simulation/world/disk/simulated-disk.ts";

export type ByteDiskOptions = {
  readonly member: MemberId;
  readonly limits: LogLimits;
  readonly say: (line: string) => void;
  /** The disk has failed: the process must end, without another word. */
  readonly onFailure: () => void;
};

/** With this one a write of two sectors that fails leaves one of them, not none and not both. */
const SEED = 4;

/** Of the log: `sync`: what was written is in the cache only; `write`: only some sectors of it were. */
export type FailureKind = "sync" | "write";

export class ByteDisk implements DiskOfBytes {
  readonly #options: ByteDiskOptions;
  readonly #bench = new DiskBench(SEED);
  /** Of the life that runs, or of the last one. */
  #storage: MemberStorage | null = null;
  #failure: { readonly kind: FailureKind; framesBefore: number } | null = null;
  #backup: DiskImage | null = null;

  constructor(options: ByteDiskOptions) {
    this.#options = options;
    this.bytes.faults.survivalChance = 0;
  }

  /** What lies on it, for those who do it harm. */
  get bytes(): SimulatedDisk {
    return this.#bench.disk;
  }

  open(): Disk | null {
    const { member, say } = this.#options;
    const { problem, value } = this.#openStorage();
    if (problem !== null) {
      say(`  ${member} does not start (${problem.kind}): ${inShort(problem)}`);
      return null;
    }
    this.#storage = value;
    const { hardState, entries, tornTail } = value.recovered;
    if (tornTail !== null) say(`  ${member} finds a torn tail: ${tornTail.message}`);
    const { newest } = value.snapshots;
    const snapshots = newest === null ? [] : [{ meta: newest, bytes: this.#bodyOf(newest) }];
    return { hardState, entries: [...entries], snapshots };
  }

  write(persists: readonly Persist[], durable: (persist: Persist) => void): void {
    for (const persist of persists) this.#opened.recovered.log.append(persist, () => durable(persist));
    this.#bench.settle();
  }

  saveSnapshot({ meta, bytes }: StoredSnapshot): SnapshotMeta {
    const own = this.#bench.value<OwnSnapshot>((answer) => this.#opened.snapshots.begin(meta, answer));
    own.append(bytes, () => undefined);
    return this.#bench.value<SnapshotMeta>((answer) => own.commit(answer));
  }

  trim(base: LogBase): void {
    this.#opened.recovered.log.trim(base, () => undefined);
    this.#bench.settle();
  }

  readSnapshot(id: string, range: { readonly offset: number; readonly length: number }): Uint8Array | null {
    return this.#bench.result<Uint8Array | null>((answer) => this.#opened.snapshots.read(id, range, answer)).value;
  }

  receive(chunk: MessageOf<"snapshotChunk">): ReceivedPiece {
    const result = this.#bench.value<PieceWritten["result"]>((answer) => this.#opened.snapshots.receive(chunk, answer));
    return { result, whole: result.kind === "complete" ? this.#bodyOf(result.snapshot) : null };
  }

  wipe(): void {
    this.bytes.wipe();
  }

  /** Of the writes of the log that follow, the one after `framesBefore` of them fails. */
  failWrite(kind: FailureKind, framesBefore: number): void {
    this.#failure = { kind, framesBefore };
  }

  backUp(): void {
    this.#backup = this.bytes.image();
  }

  goBack(): void {
    if (this.#backup === null) throw new Error(`there is no backup of ${this.#options.member}`);
    this.bytes.restore(this.#backup);
  }

  #openStorage(): Result<MemberStorage> {
    const { member, limits } = this.#options;
    const onFailure = (problem: DiskProblem): void => this.#failed(problem);
    const observe = (observation: LogObservation): void => this.#observe(observation);
    return this.#bench.result<MemberStorage>((answer) => {
      openDataDirectory({ files: this.bytes.boot(), path: "/data", mark: 0 }, (problem, directory) => {
        if (problem === null) openMemberStorage({ directory, member, limits, onFailure, observe }, answer);
        else answer(problem, null);
      });
    });
  }

  #observe({ kind }: LogObservation): void {
    if (kind !== "frameStarted" || this.#failure === null || this.#failure.framesBefore-- > 0) return;
    if (this.#failure.kind === "sync") this.bytes.faults.failNextSyncs = 1;
    else this.bytes.faults.failWriteChance = 1;
  }

  #failed(problem: DiskProblem): void {
    this.#failure = null;
    this.bytes.faults.failWriteChance = 0;
    this.#options.say(`  ${this.#options.member} ends (${problem.kind}): ${inShort(problem)}`);
    this.#options.onFailure();
  }

  get #opened(): MemberStorage {
    if (this.#storage === null) throw new Error(`${this.#options.member} has never started`);
    return this.#storage;
  }

  #bodyOf({ id, sizeBytes }: SnapshotMeta): Uint8Array {
    const body = this.readSnapshot(id, { offset: 0, length: sizeBytes });
    if (body === null) throw new Error(`${this.#options.member} can't read snapshot ${id}, which it has just checked`);
    return body;
  }
}

/** Without the advice, which is the same for all problems of a kind. */
function inShort({ message }: DiskProblem): string {
  return message.split(". ")[0] ?? message;
}
