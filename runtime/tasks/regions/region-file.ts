// Regions of one map attempt (or of one run of it) in one file: for each reduce task a region, then where each of them is, so that the
// file says all about itself, also after a restart.
//
//   regions · per region: offset (8) · bytes (8) · records (8) · number of regions (4) · CRC-32 of the index (4) · "FLOTREG1"
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { RecordVisitor } from "../records/record-buffer.ts";
import { problemOf, TaskProblem } from "../task-problem.ts";
import { FileAppender } from "./file-appender.ts";
import { RegionWriter } from "./region-writer.ts";

export type Region = { readonly offset: number; readonly bytes: number; readonly records: number };

const MAGIC = Buffer.from("FLOTREG1");
const ENTRY_BYTES = 24;
const FOOTER_BYTES = 16;

/** Takes regions one behind the other, as bytes that are in blocks already. */
export class RegionFileBuilder {
  readonly #file: FileAppender;
  readonly #regions: Region[] = [];
  #start = 0;

  constructor(path: string) {
    this.#file = new FileAppender(path);
  }

  get path(): string {
    return this.#file.path;
  }

  get count(): number {
    return this.#regions.length;
  }

  append(bytes: Uint8Array): void {
    this.#file.append(bytes);
  }

  endRegion(records: number): void {
    const end = this.#file.length;
    this.#regions.push({ offset: this.#start, bytes: end - this.#start, records });
    this.#start = end;
  }

  finish(): readonly Region[] {
    this.#file.append(indexOf(this.#regions));
    // Not durable: what is lost with the machine is lost to the reducers, who say so, and the map runs again.
    this.#file.commit({ isDurable: false });
    return this.#regions;
  }

  abort(): void {
    this.#file.abort();
  }
}

/** Takes the records of partition after partition, in order. */
export class RegionFileWriter implements RecordVisitor {
  readonly #builder: RegionFileBuilder;
  readonly #writer: RegionWriter;
  readonly #partitions: number;

  constructor(path: string, partitions: number) {
    this.#builder = new RegionFileBuilder(path);
    this.#writer = new RegionWriter((bytes) => this.#builder.append(bytes));
    this.#partitions = partitions;
  }

  readonly partition = (partition: number): void => {
    while (this.#builder.count < partition) this.#builder.endRegion(this.#writer.finish().records);
  };

  readonly record = (bytes: Uint8Array, start: number, end: number): void => this.#writer.record(bytes, start, end);

  finish(): readonly Region[] {
    this.partition(this.#partitions);
    return this.#builder.finish();
  }

  abort(): void {
    this.#builder.abort();
  }
}

function indexOf(regions: readonly Region[]): Buffer {
  const footer = regions.length * ENTRY_BYTES;
  const index = Buffer.alloc(footer + FOOTER_BYTES);
  for (const [i, { offset, bytes, records }] of regions.entries()) {
    index.writeDoubleLE(offset, i * ENTRY_BYTES);
    index.writeDoubleLE(bytes, i * ENTRY_BYTES + 8);
    index.writeDoubleLE(records, i * ENTRY_BYTES + 16);
  }
  index.writeUInt32LE(regions.length, footer);
  index.writeUInt32LE(crc32(index.subarray(0, footer + 4)), footer + 4);
  index.set(MAGIC, footer + 8);
  return index;
}

/** Where all regions of a file are, in as many bytes as in the file: there may be thousands of them in thousands of files. */
export class RegionIndex {
  readonly #entries: Buffer;
  readonly count: number;

  constructor(entries: Buffer, count: number) {
    this.#entries = entries;
    this.count = count;
  }

  get bytes(): number {
    return this.#entries.length;
  }

  at(partition: number): Region | undefined {
    if (!(partition >= 0 && partition < this.count)) return undefined;
    const entry = partition * ENTRY_BYTES;
    return {
      offset: this.#entries.readDoubleLE(entry),
      bytes: this.#entries.readDoubleLE(entry + 8),
      records: this.#entries.readDoubleLE(entry + 16),
    };
  }

  all(): readonly Region[] {
    return Array.from({ length: this.count }, (_, partition) => this.at(partition) as Region);
  }
}

/** An open file of regions. */
export class RegionFile {
  readonly path: string;
  readonly file: number;
  readonly regions: RegionIndex;

  constructor(path: string) {
    this.path = path;
    this.file = openOrComplain(path);
    try {
      this.regions = readIndex(this.file, path);
    } catch (error) {
      closeSync(this.file);
      throw problemOf(error, `could not read ${path}`);
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

function openOrComplain(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new TaskProblem("internal", `${path} can't be opened`, { cause: error });
  }
}

function readIndex(file: number, path: string): RegionIndex {
  const damaged = (): TaskProblem => new TaskProblem("internal", `${path} is damaged`);
  const { size } = fstatSync(file);
  if (size < FOOTER_BYTES) throw damaged();
  const footer = Buffer.alloc(FOOTER_BYTES);
  readSync(file, footer, 0, FOOTER_BYTES, size - FOOTER_BYTES);
  const count = footer.readUInt32LE(0);
  const start = size - FOOTER_BYTES - count * ENTRY_BYTES;
  if (!footer.subarray(8).equals(MAGIC) || start < 0) throw damaged();
  const index = Buffer.alloc(count * ENTRY_BYTES + 4);
  readSync(file, index, 0, index.length, start);
  if (crc32(index) !== footer.readUInt32LE(4)) throw damaged();
  return new RegionIndex(index, count);
}
