// A replica's state as a stream of bytes, in blocks: kind (1) · length (4) · payload. First what the replica itself must
// know, then the sessions, then the service's own bytes, then an end that is empty. The stream may be cut anywhere on its
// way back in; a block is read when all of it is there.
import { concatBytes, EMPTY_BYTES, textOf, utf8 } from "../../base/bytes.ts";
import { ByteReader } from "../../base/byte-reader.ts";
import { ByteWriter } from "../../base/byte-writer.ts";
import type { LogBase } from "../../raft/entry.ts";
import type { TreeCursor } from "../../kv/ordered-tree.ts";
import type { AppliedState, RestoredState } from "../applied/applied-state.ts";
import { Sessions } from "../applied/sessions.ts";
import type { SessionLimits, SessionRecord } from "../applied/sessions.ts";
import { StateDigest } from "../applied/state-digest.ts";
import type { Restoration, SnapshotSource, StateMachine } from "../state-machine.ts";

const BLOCKS = { header: 1, sessions: 2, machine: 3, end: 4 } as const;
type BlockKind = keyof typeof BLOCKS;
const BLOCK_KINDS = new Map(Object.entries(BLOCKS).map(([kind, code]) => [code as number, kind as BlockKind]));

const FORMAT = 1;
const BLOCK_HEADER_BYTES = 5;
/** Far above any block of ours: a length beyond that is damage, and nothing waits for so many bytes. */
const BLOCK_BYTES_MAX = 268_435_456;

/** Copies nothing until it is asked for bytes, and is not disturbed by what is applied in the meantime. */
export class SnapshotContent implements SnapshotSource {
  readonly #sessions: TreeCursor<SessionRecord>;
  readonly #machine: SnapshotSource;
  #header: Uint8Array | null;
  #areSessionsWritten = false;
  #hasEnded = false;

  constructor(applied: AppliedState) {
    this.#header = headerOf(applied);
    this.#sessions = applied.sessions.snapshot().cursor(EMPTY_BYTES);
    this.#machine = applied.machine.snapshot();
  }

  next(bytesMax: number): Uint8Array | null {
    if (this.#hasEnded) return null;
    const slice = new ByteWriter();
    if (this.#header !== null) writeBlock(slice, "header", this.#header);
    this.#header = null;
    while (slice.length < bytesMax && !this.#hasEnded) this.#writeNext(slice, bytesMax - slice.length);
    return slice.finish();
  }

  #writeNext(slice: ByteWriter, bytesMax: number): void {
    const records = this.#areSessionsWritten ? EMPTY_BYTES : this.#nextSessions(bytesMax);
    if (records.length > 0) {
      writeBlock(slice, "sessions", records);
      return;
    }
    this.#areSessionsWritten = true;
    const bytes = this.#machine.next(bytesMax);
    writeBlock(slice, bytes === null ? "end" : "machine", bytes ?? EMPTY_BYTES);
    this.#hasEnded = bytes === null;
  }

  #nextSessions(bytesMax: number): Uint8Array {
    const writer = new ByteWriter();
    while (writer.length < bytesMax && this.#sessions.next()) writeSession(writer, this.#sessions.key, this.#sessions.value);
    return writer.finish();
  }
}

function headerOf({ digest, groupVersion, lastStampMs, machine }: AppliedState): Uint8Array {
  const writer = new ByteWriter().uint8(FORMAT).uint32(digest.entries).uint32(digest.answers).count(groupVersion).count(lastStampMs);
  return writer.sized(utf8(machine.digest())).finish();
}

function writeBlock(slice: ByteWriter, kind: BlockKind, payload: Uint8Array): void {
  slice.uint8(BLOCKS[kind]).uint32(payload.length).raw(payload);
}

function writeSession(writer: ByteWriter, client: Uint8Array, { acked, lastUsedMinute, serials, answers }: SessionRecord): void {
  writer.sized(client).count(acked).count(lastUsedMinute).count(serials.length);
  serials.forEach((serial, i) => writer.count(serial).sized(answers[i] as Uint8Array));
}

type Header = Omit<RestoredState, "base" | "sessions"> & { readonly machineDigest: string };

/** The way back. What is restored takes effect in `finish` and not before. */
export class ContentRestoration {
  readonly #machine: StateMachine;
  readonly #restoration: Restoration;
  readonly #sessions: Sessions;
  #header: Header | null = null;
  #hasEnded = false;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #neededBytes = BLOCK_HEADER_BYTES;

  constructor(machine: StateMachine, limits: SessionLimits) {
    this.#machine = machine;
    this.#restoration = machine.restore();
    this.#sessions = new Sessions(limits);
  }

  /** False: this is no snapshot, or a damaged one. */
  write(bytes: Uint8Array): boolean {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    return this.#unreadBytes < this.#neededBytes || this.#readBlocks(concatBytes(this.#unread));
  }

  /** Null: damaged. The service then has a state that nobody may see. */
  finish(base: LogBase): RestoredState | null {
    if (this.#header === null || !this.#hasEnded || this.#unreadBytes > 0 || !this.#restoration.finish()) return null;
    const { machineDigest, ...restored } = this.#header;
    return this.#machine.digest() === machineDigest ? { ...restored, base, sessions: this.#sessions } : null;
  }

  #readBlocks(bytes: Uint8Array): boolean {
    let offset = 0;
    this.#neededBytes = BLOCK_HEADER_BYTES;
    while (bytes.length - offset >= BLOCK_HEADER_BYTES) {
      const reader = new ByteReader(bytes.subarray(offset));
      const kind = BLOCK_KINDS.get(reader.uint8());
      const length = reader.uint32();
      if (kind === undefined || length > BLOCK_BYTES_MAX || this.#hasEnded) return false;
      if (reader.remaining < length) {
        this.#neededBytes = BLOCK_HEADER_BYTES + length;
        break;
      }
      if (!this.#readBlock(kind, reader.raw(length))) return false;
      offset += BLOCK_HEADER_BYTES + length;
    }
    this.#unread = offset < bytes.length ? [bytes.slice(offset)] : [];
    this.#unreadBytes = bytes.length - offset;
    return true;
  }

  #readBlock(kind: BlockKind, payload: Uint8Array): boolean {
    if (kind === "header") return this.#readHeader(new ByteReader(payload));
    if (this.#header === null) return false;
    if (kind === "machine") return this.#restoration.write(payload);
    if (kind === "sessions") return this.#readSessions(new ByteReader(payload));
    this.#hasEnded = true;
    return payload.length === 0;
  }

  #readHeader(reader: ByteReader): boolean {
    const format = reader.uint8();
    const digest = new StateDigest(reader.uint32(), reader.uint32());
    const [groupVersion, lastStampMs] = [reader.count(), reader.count()];
    const isFirst = this.#header === null;
    this.#header = { digest, groupVersion, lastStampMs, machineDigest: textOf(reader.sized()) };
    return isFirst && format === FORMAT && reader.isIntact && reader.remaining === 0;
  }

  #readSessions(reader: ByteReader): boolean {
    while (reader.remaining > 0) this.#readSession(reader);
    return reader.isIntact;
  }

  #readSession(reader: ByteReader): void {
    const client = reader.sized().slice();
    const [acked, lastUsedMinute, open] = [reader.count(), reader.count(), reader.count()];
    const serials: number[] = [];
    const answers: Uint8Array[] = [];
    for (let i = 0; i < open && reader.isIntact; i++) {
      serials.push(reader.count());
      answers.push(reader.sized().slice());
    }
    this.#sessions.add(client, { acked, lastUsedMinute, serials, answers });
  }
}
