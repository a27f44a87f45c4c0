// A backup as it is read: record by record, and at the end it is known whether it was a whole one. Whatever is wrong with it is said, and no
// more than a line is held.
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { compareBytes } from "../../../core/base/bytes.ts";
import { Trouble } from "../trouble.ts";
import type { BackupEnd, BackupHeader, BackupRecord, ReadLine } from "./backup-lines.ts";
import { readHeader, readLine } from "./backup-lines.ts";
import type { Packed } from "./backup-writing.ts";

export type BackupSource = {
  /** As a person would name it. */
  readonly name: string;
  /** From its beginning, each time. */
  readonly read: () => Packed;
};

export type BackupFacts = BackupHeader & BackupEnd;

/** What is to be done with a record. Keys come in byte order. */
export type OnRecord = (record: BackupRecord) => Promise<void> | null;

/** A key and a value of the largest, of which each byte is written as six characters. */
const LINE_BYTES_MAX = 8 << 20;
const NEWLINE = 10;

/** Why this is no whole backup; with the name of it, a trouble. */
class NotWhole extends Error {}

export async function readBackup({ name, read }: BackupSource, onRecord: OnRecord): Promise<BackupFacts> {
  try {
    return await pipeline(read(), createGunzip(), (unpacked: AsyncIterable<Buffer>) => factsIn(unpacked, onRecord));
  } catch (error) {
    const why = whyNotWhole(error);
    if (why === null) throw error;
    throw new Trouble(`${name} is no whole backup: ${why}`, "take an older one");
  }
}

/** Null: it is not the backup's fault. */
function whyNotWhole(error: unknown): string | null {
  if (error instanceof NotWhole) return error.message;
  const { code, message } = error as { readonly code?: unknown; readonly message: string };
  if (code === "Z_BUF_ERROR") return "it was cut off";
  return typeof code === "string" && code.startsWith("Z_") ? `it can't be unpacked (${message})` : null;
}

async function factsIn(unpacked: AsyncIterable<Buffer>, onRecord: OnRecord): Promise<BackupFacts> {
  const sum = createHash("sha256");
  let header: BackupHeader | null = null;
  let end: BackupEnd | null = null;
  let last: Uint8Array | null = null;
  let keys = 0;
  for await (const bytes of linesIn(unpacked)) {
    const text = bytes.toString();
    if (end !== null) throw new NotWhole("there is something behind its end");
    if (header === null) header = headerIn(text);
    else {
      const read = readLine(text);
      if (read.kind === "end") end = read.end;
      else {
        const record = recordIn(read, keys, last);
        [last, keys] = [record.key, keys + 1];
        const doing = onRecord(record);
        if (doing !== null) await doing;
      }
    }
    if (end === null) sum.update(bytes).update("\n");
  }
  if (header === null || end === null) throw new NotWhole("it was cut off");
  if (end.keys !== keys) throw new NotWhole(`it has ${keys} keys, and says ${end.keys}`);
  if (end.sha256 !== sum.digest("hex")) throw new NotWhole("its checksum is another");
  return { ...header, ...end };
}

function headerIn(text: string): BackupHeader {
  const read = readHeader(text);
  if (read.kind === "refused") throw new NotWhole(read.why);
  return read.header;
}

function recordIn(read: ReadLine, keys: number, last: Uint8Array | null): BackupRecord {
  if (read.kind !== "record") throw new NotWhole(`there is no telling what stands behind its ${keys} first keys`);
  if (last !== null && compareBytes(last, read.record.key) >= 0) throw new NotWhole(`its key ${keys + 1} is out of order`);
  return read.record;
}

/** Without what ends them. */
async function* linesIn(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...begun, piece.subarray(from, at)]);
      [begun, length, from] = [[], 0, at + 1];
    }
    begun.push(piece.subarray(from));
    length += piece.length - from;
    if (length > LINE_BYTES_MAX) throw new NotWhole("it has a line that is longer than any of a backup");
  }
  if (length > 0) throw new NotWhole("it was cut off");
}
