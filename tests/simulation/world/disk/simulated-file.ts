// The bytes of one simulated file, twice: as every reader sees them (the page cache) and as the disk holds them. A sync
// carries over what is dirty; a failed one leaves the two apart without anybody knowing. Zeros at the end take no memory.
import type { Random } from "../../../../core/base/random.ts";

export const SECTOR_BYTES = 512;

/** Sectors, `end` excluded. */
type SectorRange = { readonly start: number; readonly end: number };

export class SimulatedFile {
  readonly kind = "file";
  #cached = new SparseBytes();
  #durable = new SparseBytes();
  /** Written since the last sync. */
  #dirty: SectorRange[] = [];
  /** A failed sync left these in the cache only; no later sync carries them over. */
  #forgotten: SectorRange[] = [];

  get size(): number {
    return this.#cached.size;
  }

  /** Up to where something was ever written; the rest is zero. */
  get writtenBytes(): number {
    return this.#cached.written;
  }

  get showsMoreThanDisk(): boolean {
    return this.#dirty.length > 0 || this.#forgotten.length > 0;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#cached.read(offset, length);
  }

  write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#cached.write(offset, bytes);
    addRange(this.#dirty, { start: Math.floor(offset / SECTOR_BYTES), end: Math.ceil((offset + bytes.length) / SECTOR_BYTES) });
  }

  growTo(size: number): void {
    this.#cached.size = Math.max(this.#cached.size, size);
  }

  sync(): void {
    for (const range of this.#dirty) this.#carryOver(range);
    this.#durable.size = this.#cached.size;
    this.#dirty = [];
  }

  failSync(): void {
    this.#forgotten.push(...this.#dirty);
    this.#dirty = [];
  }

  /** Each sector that only the cache has survives or not, independently. Answers with how many did not. */
  losePower(random: Random, survivalChance: number): number {
    let lost = 0;
    for (const { start, end } of [...this.#dirty, ...this.#forgotten]) {
      for (let sector = start; sector < end; sector++) {
        if (random.chance(survivalChance)) this.#carryOver({ start: sector, end: sector + 1 });
        else lost++;
      }
    }
    if (random.chance(survivalChance)) this.#durable.size = Math.max(this.#durable.size, this.#cached.size);
    this.#cached = this.#durable.copy();
    this.#dirty = [];
    this.#forgotten = [];
    return lost;
  }

  flipBit(bit: number): void {
    this.#cached.flipBit(bit);
    this.#durable.flipBit(bit);
  }

  /** Cuts the file off, or makes it longer with zeros, also on the disk. */
  resize(size: number): void {
    for (const image of [this.#cached, this.#durable]) image.resize(size);
  }

  /** As the disk holds it. */
  copy(): SimulatedFile {
    const copy = new SimulatedFile();
    copy.#cached = this.#durable.copy();
    copy.#durable = this.#durable.copy();
    return copy;
  }

  #carryOver(range: SectorRange): void {
    const from = range.start * SECTOR_BYTES;
    this.#durable.write(from, this.#cached.view(from, range.end * SECTOR_BYTES));
  }
}

/** Most writes follow the one before. */
function addRange(ranges: SectorRange[], range: SectorRange): void {
  const last = ranges.at(-1);
  if (last !== undefined && range.start >= last.start && range.start <= last.end) {
    ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  } else ranges.push(range);
}

/** Bytes of which only those up to the last one written are kept. */
class SparseBytes {
  size = 0;
  written = 0;
  #bytes = new Uint8Array(0);

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    if (offset < this.written) bytes.set(this.#bytes.subarray(offset, Math.min(this.written, offset + bytes.length)));
    return bytes;
  }

  /** Without a copy, and only as far as something was written. */
  view(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, Math.min(to, this.written));
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length, SECTOR_BYTES));
      grown.set(this.#bytes.subarray(0, this.written));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, offset);
    this.written = Math.max(this.written, end);
    this.size = Math.max(this.size, end);
  }

  resize(size: number): void {
    this.size = size;
    this.#bytes.fill(0, Math.min(size, this.#bytes.length));
    this.written = Math.min(this.written, size);
  }

  flipBit(bit: number): void {
    const offset = Math.floor(bit / 8);
    if (offset < this.size)
      this.write(
        offset,
        this.read(offset, 1).map((byte) => byte ^ (1 << (bit % 8))),
      );
  }

  copy(): SparseBytes {
    const copy = new SparseBytes();
    copy.write(0, this.#bytes.subarray(0, this.written));
    copy.size = this.size;
    return copy;
  }
}
