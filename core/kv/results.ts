// What the key/value store answers, as bytes. A failed guard, a key that is not there and a bad request are answers like
// any other: they were decided by the state, so a retry of the same request gets the same one.
import { EMPTY_BYTES, textOf, utf8 } from "../base/bytes.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter, countLength } from "../base/byte-writer.ts";
import { INTEGER_BYTES, readInteger, writeInteger } from "./integers.ts";

export type KvResult = KvSingleResult | KvCompoundResult;

/** Of one operation on one key. */
export type KvSingleResult =
  | {
      readonly kind: "found";
      readonly version: number;
      readonly revision: number;
      readonly value: Uint8Array;
      /** When it will be gone, in log time; without, it stays. */
      readonly deadlineMs?: number;
    }
  | { readonly kind: "absent" }
  | { readonly kind: "written"; readonly version: number; readonly revision: number }
  /** It was so before: a time to live that the key has already. */
  | { readonly kind: "unchanged"; readonly version: number; readonly revision: number }
  /** `length` of the whole value, in bytes. */
  | { readonly kind: "appended"; readonly version: number; readonly revision: number; readonly length: number }
  | { readonly kind: "incremented"; readonly version: number; readonly revision: number; readonly value: bigint }
  /** `revision` of the deletion; where there was nothing to delete, the latest there is. */
  | { readonly kind: "deleted"; readonly deleted: boolean; readonly revision: number }
  /** A guard failed; what the key has instead, both 0 if it is absent. */
  | { readonly kind: "versionMismatch"; readonly version: number; readonly revision: number }
  /** Without the value. `deadlineMs` 0: it stays. */
  | {
      readonly kind: "described";
      readonly version: number;
      readonly revision: number;
      readonly length: number;
      readonly deadlineMs: number;
    }
  /** The value that the key has now. */
  | { readonly kind: "computed"; readonly version: number; readonly revision: number; readonly value: Uint8Array }
  /** The value to increment, or the increment, is no decimal fraction. */
  | { readonly kind: "notANumber"; readonly message: string }
  /** The value to increment is no decimal number of 64 bits. */
  | { readonly kind: "notAnInteger"; readonly message: string }
  /** The sum is none. */
  | { readonly kind: "overflow"; readonly message: string }
  | { readonly kind: "badRequest"; readonly message: string }
  | { readonly kind: "tooLarge"; readonly message: string };

export type KvCompoundResult =
  /** `revision` of all its changes; where there are none, the latest there is. */
  | {
      readonly kind: "transacted";
      readonly succeeded: boolean;
      readonly results: readonly KvSingleResult[];
      readonly revision: number;
    }
  /** Nothing of a transaction was done, because of what one operation of the chosen branch would have answered. */
  | { readonly kind: "aborted"; readonly succeeded: boolean; readonly operation: number; readonly reason: KvSingleResult }
  | { readonly kind: "crossSlot"; readonly message: string }
  | { readonly kind: "batched"; readonly results: readonly KvSingleResult[] }
  /** Nothing of a guarded batch was done: a key is not as it was compared with. */
  | { readonly kind: "mismatched" }
  /** `next`: there may be more above this key, and nothing is missing up to it; null at the end. */
  | { readonly kind: "scanned"; readonly entries: readonly KvEntry[]; readonly next: Uint8Array | null };

export type KvEntry = {
  readonly key: Uint8Array;
  readonly version: number;
  readonly revision: number;
  readonly value: Uint8Array;
  readonly deadlineMs?: number;
};

type Kind = KvResult["kind"];
type ResultOf<K extends Kind> = Extract<KvResult, { readonly kind: K }>;

type Format<K extends Kind> = {
  readonly code: number;
  readonly write: (writer: ByteWriter, result: ResultOf<K>) => void;
  /** Null, or not intact: these bytes are none. */
  readonly read: (reader: ByteReader) => ResultOf<K> | null;
};

const FORMATS: { readonly [K in Kind]: Format<K> } = {
  found: {
    code: 1,
    write: (writer, { version, revision, deadlineMs, value }) =>
      writer
        .count(version)
        .count(revision)
        .count(deadlineMs ?? 0)
        .raw(value),
    read: (reader) => ({
      kind: "found",
      version: reader.count(),
      revision: reader.count(),
      ...deadlineIn(reader),
      value: reader.rest(),
    }),
  },
  absent: { code: 2, write: () => undefined, read: () => ({ kind: "absent" }) },
  written: {
    code: 3,
    write: (writer, { version, revision }) => writer.count(version).count(revision),
    read: (reader) => ({ kind: "written", version: reader.count(), revision: reader.count() }),
  },
  appended: {
    code: 4,
    write: (writer, { version, revision, length }) => writer.count(version).count(revision).count(length),
    read: (reader) => ({ kind: "appended", version: reader.count(), revision: reader.count(), length: reader.count() }),
  },
  deleted: {
    code: 5,
    write: (writer, { deleted, revision }) => writer.uint8(deleted ? 1 : 0).count(revision),
    read: (reader) => ({ kind: "deleted", deleted: reader.uint8() === 1, revision: reader.count() }),
  },
  versionMismatch: {
    code: 6,
    write: (writer, { version, revision }) => writer.count(version).count(revision),
    read: (reader) => ({ kind: "versionMismatch", version: reader.count(), revision: reader.count() }),
  },
  badRequest: messageFormat("badRequest", 7),
  tooLarge: messageFormat("tooLarge", 8),
  unchanged: {
    code: 9,
    write: (writer, { version, revision }) => writer.count(version).count(revision),
    read: (reader) => ({ kind: "unchanged", version: reader.count(), revision: reader.count() }),
  },
  incremented: {
    code: 10,
    write: (writer, { version, revision, value }) => writer.count(version).count(revision).raw(writeInteger(value)),
    read: (reader) => {
      const [version, revision, value] = [reader.count(), reader.count(), reader.raw(INTEGER_BYTES)];
      return value.length === INTEGER_BYTES ? { kind: "incremented", version, revision, value: readInteger(value) } : null;
    },
  },
  notAnInteger: messageFormat("notAnInteger", 11),
  overflow: messageFormat("overflow", 12),
  transacted: {
    code: 13,
    write: (writer, { succeeded, results, revision }) => writeResults(writer.uint8(succeeded ? 1 : 0).count(revision), results),
    read: (reader) => {
      const [succeeded, revision, results] = [reader.uint8() === 1, reader.count(), readResults(reader)];
      return results === null ? null : { kind: "transacted", succeeded, results, revision };
    },
  },
  aborted: {
    code: 14,
    write: (writer, { succeeded, operation, reason }) =>
      writer
        .uint8(succeeded ? 1 : 0)
        .count(operation)
        .raw(encodeResult(reason)),
    read: (reader) => {
      const [succeeded, operation, reason] = [reader.uint8() === 1, reader.count(), decodeSingle(reader.rest())];
      return reason === null ? null : { kind: "aborted", succeeded, operation, reason };
    },
  },
  crossSlot: messageFormat("crossSlot", 15),
  batched: {
    code: 16,
    write: (writer, { results }) => {
      writeResults(writer, results);
    },
    read: (reader) => {
      const results = readResults(reader);
      return results === null ? null : { kind: "batched", results };
    },
  },
  scanned: {
    code: 17,
    write: (writer, { entries, next }) => {
      writer.count(entries.length);
      for (const entry of entries) writeEntry(writer, entry);
      // No key is empty.
      writer.raw(next ?? EMPTY_BYTES);
    },
    read: (reader) => {
      const entries = readList(reader, readEntry);
      const next = reader.rest();
      return entries === null ? null : { kind: "scanned", entries, next: next.length === 0 ? null : next };
    },
  },
  described: {
    code: 18,
    write: (writer, { version, revision, length, deadlineMs }) => writer.count(version).count(revision).count(length).count(deadlineMs),
    read: (reader) => ({
      kind: "described",
      version: reader.count(),
      revision: reader.count(),
      length: reader.count(),
      deadlineMs: reader.count(),
    }),
  },
  computed: {
    code: 19,
    write: (writer, { version, revision, value }) => writer.count(version).count(revision).raw(value),
    read: (reader) => ({ kind: "computed", version: reader.count(), revision: reader.count(), value: reader.rest() }),
  },
  notANumber: messageFormat("notANumber", 20),
  mismatched: { code: 21, write: () => undefined, read: () => ({ kind: "mismatched" }) },
};

const CODE_BYTES = 1;

const FORMAT_BY_CODE = new Map<number, Format<Kind>>(
  Object.values(FORMATS).map((format) => [format.code, format as unknown as Format<Kind>]),
);

export function encodeResult(result: KvResult): Uint8Array {
  const format = FORMATS[result.kind] as unknown as Format<Kind>;
  const writer = new ByteWriter(lengthOf(result)).uint8(format.code);
  format.write(writer, result);
  return writer.finish();
}

/** Of the most frequent results, which are written into memory of just the right size; undefined: whatever it comes to. */
function lengthOf(result: KvResult): number | undefined {
  if (result.kind === "written") return CODE_BYTES + countLength(result.version) + countLength(result.revision);
  if (result.kind !== "found") return undefined;
  const { version, revision, deadlineMs, value } = result;
  return CODE_BYTES + countLength(version) + countLength(revision) + countLength(deadlineMs ?? 0) + value.length;
}

/** Null for bytes that are no result, such as those of a newer version. */
export function decodeResult(bytes: Uint8Array): KvResult | null {
  const reader = new ByteReader(bytes);
  const result = FORMAT_BY_CODE.get(reader.uint8())?.read(reader) ?? null;
  return result !== null && reader.isIntact && reader.remaining === 0 ? result : null;
}

const COMPOUND: Readonly<Record<KvCompoundResult["kind"], true>> = {
  transacted: true,
  aborted: true,
  crossSlot: true,
  batched: true,
  mismatched: true,
  scanned: true,
};
const COMPOUND_CODES = new Set(Object.keys(COMPOUND).map((kind) => FORMATS[kind as Kind].code));

/** Looks before it reads: results within results within results could be as deep as the bytes are long. */
function decodeSingle(bytes: Uint8Array): KvSingleResult | null {
  return COMPOUND_CODES.has(bytes[0] ?? 0) ? null : (decodeResult(bytes) as KvSingleResult | null);
}

type MessageKind = "badRequest" | "tooLarge" | "notAnInteger" | "notANumber" | "overflow" | "crossSlot";
type MessageResult<K extends MessageKind> = { readonly kind: K; readonly message: string };
type MessageFormat<K extends MessageKind> = {
  readonly code: number;
  readonly write: (writer: ByteWriter, result: MessageResult<K>) => void;
  readonly read: (reader: ByteReader) => MessageResult<K>;
};

function messageFormat<K extends MessageKind>(kind: K, code: number): MessageFormat<K> {
  return {
    code,
    write: (writer, { message }) => writer.raw(utf8(message)),
    read: (reader) => ({ kind, message: textOf(reader.rest()) }),
  };
}

function deadlineIn(reader: ByteReader): { readonly deadlineMs?: number } {
  const deadlineMs = reader.count();
  return deadlineMs === 0 ? {} : { deadlineMs };
}

function writeEntry(writer: ByteWriter, { key, version, revision, value, deadlineMs }: KvEntry): void {
  writer
    .sized(key)
    .count(version)
    .count(revision)
    .count(deadlineMs ?? 0)
    .sized(value);
}

function readEntry(reader: ByteReader): KvEntry {
  return {
    key: reader.sized(),
    version: reader.count(),
    revision: reader.count(),
    ...deadlineIn(reader),
    value: reader.sized(),
  };
}

function writeResults(writer: ByteWriter, results: readonly KvSingleResult[]): void {
  writer.count(results.length);
  for (const result of results) writer.sized(encodeResult(result));
}

const readResults = (reader: ByteReader): readonly KvSingleResult[] | null => readList(reader, (each) => decodeSingle(each.sized()));

function readList<T>(reader: ByteReader, read: (reader: ByteReader) => T | null): readonly T[] | null {
  const list: T[] = [];
  for (let left = reader.count(); left > 0 && reader.isIntact; left--) {
    const one = read(reader);
    if (one === null) return null;
    list.push(one);
  }
  return list;
}
