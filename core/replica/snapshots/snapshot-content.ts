// A replica's state as a stream of bytes, in blocks: first what the replica itself must know, then the bytes of what it
// applies its log to, then an end that is empty.
import { BlockReader, fillBlock, writeBlock } from "../../base/block-stream.ts";
import { EMPTY_BYTES, textOf, utf8 } from "../../base/bytes.ts";
import { ByteReader } from "../../base/byte-reader.ts";
import { ByteWriter } from "../../base/byte-writer.ts";
import type { LogBase } from "../../raft/entry.ts";
import type { AppliedState, RestoredState } from "../applied/applied-state.ts";
import { StateDigest } from "../applied/state-digest.ts";
import type { PartitionedMachine } from "../partitioned-machine.ts";
import type { Restoration, SnapshotSource } from "../state-machine.ts";

const BLOCKS = { header: 1, machine: 3, end: 4 } as const;

/** Of the first, sessions had a block of their own (2), between header and machine. */
const FORMAT = 2;

/** Copies nothing until it is asked for bytes, and is not disturbed by what is applied in the meantime. */
export class SnapshotContent implements SnapshotSource {
  readonly #machine: SnapshotSource;
  #header: Uint8Array | null;
  #hasEnded = false;

  constructor(applied: AppliedState) {
    this.#header = headerOf(applied);
    this.#machine = applied.machine.snapshot();
  }

  get isSound(): boolean {
    return this.#machine.isSound !== false;
  }

  next(slice: ByteWriter, bytesMax: number): boolean {
    if (this.#hasEnded) return false;
    const end = slice.length + bytesMax;
    if (this.#header !== null) writeBlock(slice, BLOCKS.header, this.#header);
    this.#header = null;
    while (slice.length < end && !this.#hasEnded) {
      const left = end - slice.length;
      this.#hasEnded = !fillBlock(slice, BLOCKS.machine, () => this.#machine.next(slice, left));
    }
    if (this.#hasEnded) writeBlock(slice, BLOCKS.end, EMPTY_BYTES);
    return true;
  }
}

function headerOf({ digest, groupVersion, lastStampMs, machine }: AppliedState): Uint8Array {
  const writer = new ByteWriter().uint8(FORMAT).uint32(digest.entries).uint32(digest.answers).count(groupVersion).count(lastStampMs);
  return writer.sized(utf8(machine.digest())).finish();
}

type Header = Omit<RestoredState, "base"> & { readonly machineDigest: string };

/** The way back. What is restored takes effect in `finish` and not before. */
export class ContentRestoration {
  readonly #machine: PartitionedMachine;
  readonly #restoration: Restoration;
  readonly #blocks = new BlockReader((kind, payload) => this.#readBlock(kind, payload));
  #header: Header | null = null;
  #hasEnded = false;

  constructor(machine: PartitionedMachine) {
    this.#machine = machine;
    this.#restoration = machine.restore();
  }

  /** False: this is no snapshot, or a damaged one. */
  write(bytes: Uint8Array): boolean {
    return this.#blocks.write(bytes);
  }

  /** Null: damaged. The service then has a state that nobody may see. */
  finish(base: LogBase): RestoredState | null {
    if (this.#header === null || !this.#hasEnded || !this.#blocks.isAtEnd || !this.#restoration.finish()) return null;
    const { machineDigest, ...restored } = this.#header;
    return this.#machine.digest() === machineDigest ? { ...restored, base } : null;
  }

  #readBlock(kind: number, payload: Uint8Array): boolean {
    if (this.#hasEnded) return false;
    if (kind === BLOCKS.header) return this.#readHeader(new ByteReader(payload));
    if (this.#header === null) return false;
    if (kind === BLOCKS.machine) return this.#restoration.write(payload);
    this.#hasEnded = true;
    return kind === BLOCKS.end && payload.length === 0;
  }

  #readHeader(reader: ByteReader): boolean {
    const format = reader.uint8();
    const digest = new StateDigest(reader.uint32(), reader.uint32());
    const [groupVersion, lastStampMs] = [reader.count(), reader.count()];
    const isFirst = this.#header === null;
    this.#header = { digest, groupVersion, lastStampMs, machineDigest: textOf(reader.sized()) };
    return isFirst && format === FORMAT && reader.isIntact && reader.remaining === 0;
  }
}
