// The files of a data directory at rest, changed as a bad disk, a crash or a careless hand would change them.
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../core/base/bytes.ts";
import { crc32c } from "../../core/base/checksum.ts";
import { beginsFrame, SECTOR_BYTES } from "../../runtime/disk/log/frame.ts";
import { segmentName } from "../../runtime/disk/log/segment.ts";
import { check } from "./test-case.ts";

export const IDENTITY = "identity.json";
/** In a frame's first sector, docs/formats.md: the second highest of the four bytes of its length. */
const LENGTH_OFFSET = 17;

export type LastFrame = { readonly file: string; readonly offset: number; readonly end: number };

export function segmentIn(directory: string, number: number): string {
  return join(directory, "log", segmentName(number));
}

/** What was written last: in the last segment that has more than its first sector, for the next one is made ahead of time. */
export function lastFrameIn(directory: string): LastFrame {
  const segments = readdirSync(join(directory, "log")).sort();
  for (const name of segments.reverse()) {
    const file = join(directory, "log", name);
    const bytes = readFileSync(file);
    const last = lastSector(bytes, (marker) => marker !== 0);
    if (last === 0) continue;
    const first = lastSector(bytes, beginsFrame);
    check(last - first > 8, `the last frame of ${file} is long enough to be torn`);
    return { file, offset: first * SECTOR_BYTES, end: (last + 1) * SECTOR_BYTES };
  }
  throw new Error(`there is no frame in the log of ${directory}`);
}

export function lengthOf({ offset }: LastFrame): number {
  return offset + LENGTH_OFFSET;
}

export function flipBit(file: string, offset: number): void {
  editBytes(file, { offset, length: 1 }, (bytes) => {
    bytes[0] = (bytes[0] ?? 0) ^ 4;
  });
}

/** As if these bytes had never reached the disk. */
export function zero(file: string, offset: number, end: number): void {
  editBytes(file, { offset, length: end - offset }, (bytes) => bytes.fill(0));
}

export function exchange(one: string, other: string): void {
  const between = `${one}.exchanged`;
  renameSync(one, between);
  renameSync(other, one);
  renameSync(between, other);
}

export function cutInHalf(file: string): void {
  truncateSync(file, statSync(file).size / 2);
}

/** As a later version of the program would have written its first frame. */
export function raiseFrameFormat(file: string): void {
  editBytes(file, { offset: 0, length: SECTOR_BYTES }, (sector) => {
    sector[5] = 2;
    sector.writeUInt32BE(crc32c(sector.subarray(1, 24)), 24);
  });
}

export type DirectoryRecord = Readonly<Record<string, unknown>> & { readonly identity: Readonly<Record<string, unknown>> };

export function editIdentity(directory: string, edit: (record: DirectoryRecord) => DirectoryRecord): void {
  const file = join(directory, IDENTITY);
  const [line = ""] = readFileSync(file, "utf8").split("\n");
  const json = JSON.stringify(edit(JSON.parse(line) as DirectoryRecord));
  writeFileSync(file, `${json}\n${crc32c(utf8(json)).toString(16).padStart(8, "0")}\n`);
}

function lastSector(bytes: Buffer, isWanted: (marker: number) => boolean): number {
  let sector = bytes.length / SECTOR_BYTES - 1;
  while (sector > 0 && !isWanted(bytes[sector * SECTOR_BYTES] ?? 0)) sector--;
  return sector;
}

function editBytes(file: string, place: { readonly offset: number; readonly length: number }, edit: (bytes: Buffer) => void): void {
  const descriptor = openSync(file, "r+");
  const bytes = Buffer.alloc(place.length);
  readSync(descriptor, bytes, 0, bytes.length, place.offset);
  edit(bytes);
  writeSync(descriptor, bytes, 0, bytes.length, place.offset);
  closeSync(descriptor);
}
