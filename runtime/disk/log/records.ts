// What frames carry. A record has a kind, a version and a length; all but entries are JSON, because they are rare and
// a person may have to read them. Entries are written as they are: they were encoded once, by the leader that made them.
import { asIndex, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import type { LogIndex, MemberId } from "../../../core/base/ids.ts";
import { decodeEntry } from "../../../core/raft/entry.ts";
import type { Entry, LogBase } from "../../../core/raft/entry.ts";
import type { HardState } from "../../../core/raft/ready.ts";
import { isCount, isObject, jsonObjectOf } from "../json.ts";
import type { JsonObject } from "../json.ts";

/** Small facts of the member that must survive with the log, such as the boot numbers of its peers. The last one written counts. */
export type Metadata = JsonObject;

export type SegmentRecord = { readonly kind: "segment"; readonly log: string; readonly number: number; readonly bytes: number };

/** Everything before this segment, in short; the first record of the first frame of each segment. */
export type CheckpointRecord = {
  readonly kind: "checkpoint";
  readonly hardState: HardState;
  /** Up to here a durable snapshot covers the log. */
  readonly base: LogBase;
  readonly lastIndex: LogIndex;
  readonly metadata: Metadata;
};

export type LogRecord =
  | SegmentRecord
  | CheckpointRecord
  | { readonly kind: "hardState"; readonly hardState: HardState }
  | { readonly kind: "metadata"; readonly metadata: Metadata }
  /** A durable snapshot covers the log up to `base`. What follows stays. */
  | { readonly kind: "trim"; readonly base: LogBase }
  /** A durable snapshot takes the place of the whole log. */
  | { readonly kind: "restart"; readonly base: LogBase }
  | { readonly kind: "truncate"; readonly from: LogIndex }
  | { readonly kind: "entries"; readonly entries: readonly Entry[] };

export type RecordKind = LogRecord["kind"];

export const RECORD_HEADER_BYTES = 6;
export const RECORD_VERSION = 1;
/** In front of each entry within its record. */
export const ENTRY_LENGTH_BYTES = 4;

/** Numbers on disk: never changed, never given to another kind. */
export const RECORD_CODES: Readonly<Record<RecordKind, number>> = {
  segment: 1,
  checkpoint: 2,
  hardState: 3,
  metadata: 4,
  trim: 5,
  restart: 6,
  truncate: 7,
  entries: 8,
};

const KINDS = new Map(Object.entries(RECORD_CODES).map(([kind, code]) => [code, kind as RecordKind]));

/** A record that can't be read although its frame's checksum is right. */
export type RecordFault = { readonly kind: "damaged" | "newerVersion"; readonly what: string };

export type RecordsReading = { readonly records: readonly LogRecord[]; readonly fault: RecordFault | null };

/** All records of a frame's body, up to the first that can't be read. */
export function readRecords(body: Uint8Array): RecordsReading {
  const records: LogRecord[] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let offset = 0;
  while (offset < body.length) {
    if (body.length - offset < RECORD_HEADER_BYTES) return { records, fault: { kind: "damaged", what: "a record is cut short" } };
    const start = offset + RECORD_HEADER_BYTES;
    const end = start + view.getUint32(offset + 2);
    if (end > body.length) return { records, fault: { kind: "damaged", what: "a record is longer than its frame" } };
    const read = readRecord({ code: view.getUint8(offset), version: view.getUint8(offset + 1), body: body.subarray(start, end) });
    if (!read.ok) return { records, fault: read.fault };
    records.push(read.record);
    offset = end;
  }
  return { records, fault: null };
}

type RawRecord = { readonly code: number; readonly version: number; readonly body: Uint8Array };
type RecordReading = { readonly ok: true; readonly record: LogRecord } | { readonly ok: false; readonly fault: RecordFault };

function readRecord(raw: RawRecord): RecordReading {
  const kind = KINDS.get(raw.code);
  if (kind === undefined || raw.version !== RECORD_VERSION) {
    const what = `a record of kind ${String(raw.code)}, version ${String(raw.version)}, which this program does not know`;
    return { ok: false, fault: { kind: "newerVersion", what } };
  }
  if (kind === "entries") return readEntries(raw.body);
  const json = jsonObjectOf(raw.body);
  const record = json === null ? null : READERS[kind](json);
  return record === null ? { ok: false, fault: { kind: "damaged", what: `a ${kind} record does not make sense` } } : { ok: true, record };
}

function readEntries(body: Uint8Array): RecordReading {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const entries: Entry[] = [];
  let offset = 0;
  while (offset < body.length) {
    const start = offset + ENTRY_LENGTH_BYTES;
    const end = start <= body.length ? start + view.getUint32(offset) : Infinity;
    if (end > body.length) return { ok: false, fault: { kind: "damaged", what: "an entry is longer than its record" } };
    const entry = decodeEntry(body.subarray(start, end));
    if (entry === null)
      return { ok: false, fault: { kind: "newerVersion", what: "an entry in an encoding that this program does not know" } };
    entries.push(entry);
    offset = end;
  }
  return { ok: true, record: { kind: "entries", entries } };
}

type JsonKind = Exclude<RecordKind, "entries">;

const READERS: { readonly [K in JsonKind]: (json: JsonObject) => Extract<LogRecord, { readonly kind: K }> | null } = {
  segment: ({ log, number, bytes }) =>
    typeof log === "string" && isCount(number) && isCount(bytes) ? { kind: "segment", log, number, bytes } : null,
  checkpoint: (json) => {
    const hardState = hardStateOf(json["hardState"]);
    const base = baseOf(json["base"]);
    const { lastIndex, metadata } = json;
    if (hardState === null || base === null || !isCount(lastIndex) || !isObject(metadata)) return null;
    return { kind: "checkpoint", hardState, base, lastIndex: asIndex(lastIndex), metadata };
  },
  hardState: (json) => {
    const hardState = hardStateOf(json);
    return hardState === null ? null : { kind: "hardState", hardState };
  },
  metadata: (metadata) => ({ kind: "metadata", metadata }),
  trim: (json) => {
    const base = baseOf(json);
    return base === null ? null : { kind: "trim", base };
  },
  restart: (json) => {
    const base = baseOf(json);
    return base === null ? null : { kind: "restart", base };
  },
  truncate: ({ from }) => (isCount(from) && from > 0 ? { kind: "truncate", from: asIndex(from) } : null),
};

function hardStateOf(value: unknown): HardState | null {
  if (!isObject(value)) return null;
  const { term, vote } = value;
  if (!isCount(term) || (vote !== null && typeof vote !== "string")) return null;
  return { term: asTerm(term), vote: vote as MemberId | null };
}

function baseOf(value: unknown): LogBase | null {
  if (!isObject(value)) return null;
  const { index, term, serviceIndex } = value;
  if (!isCount(index) || !isCount(term) || !isCount(serviceIndex)) return null;
  return { index: asIndex(index), term: asTerm(term), serviceIndex: asServiceIndex(serviceIndex) };
}
