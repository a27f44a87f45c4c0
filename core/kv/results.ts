// What the key/value store answers, as bytes. A failed guard, a key that is not there and a bad request are answers like
// any other: they were decided by the state, so a retry of the same request gets the same one.
import { textOf, utf8 } from "../base/bytes.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";

export type KvResult =
  | { readonly kind: "found"; readonly version: number; readonly revision: number; readonly value: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "written"; readonly version: number; readonly revision: number }
  /** `length` of the whole value, in bytes. */
  | { readonly kind: "appended"; readonly version: number; readonly revision: number; readonly length: number }
  /** `revision` of the deletion; where there was nothing to delete, the latest there is. */
  | { readonly kind: "deleted"; readonly deleted: boolean; readonly revision: number }
  /** A guard failed; what the key has instead, both 0 if it is absent. */
  | { readonly kind: "versionMismatch"; readonly version: number; readonly revision: number }
  | { readonly kind: "badRequest"; readonly message: string }
  | { readonly kind: "tooLarge"; readonly message: string };

type Kind = KvResult["kind"];
type ResultOf<K extends Kind> = Extract<KvResult, { readonly kind: K }>;

type Format<K extends Kind> = {
  readonly code: number;
  readonly write: (writer: ByteWriter, result: ResultOf<K>) => void;
  readonly read: (reader: ByteReader) => ResultOf<K>;
};

const FORMATS: { readonly [K in Kind]: Format<K> } = {
  found: {
    code: 1,
    write: (writer, { version, revision, value }) => writer.count(version).count(revision).raw(value),
    read: (reader) => ({ kind: "found", version: reader.count(), revision: reader.count(), value: reader.rest() }),
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
  badRequest: {
    code: 7,
    write: (writer, { message }) => writer.raw(utf8(message)),
    read: (reader) => ({ kind: "badRequest", message: textOf(reader.rest()) }),
  },
  tooLarge: {
    code: 8,
    write: (writer, { message }) => writer.raw(utf8(message)),
    read: (reader) => ({ kind: "tooLarge", message: textOf(reader.rest()) }),
  },
};

const FORMAT_BY_CODE = new Map<number, Format<Kind>>(
  Object.values(FORMATS).map((format) => [format.code, format as unknown as Format<Kind>]),
);

export function encodeResult(result: KvResult): Uint8Array {
  const format = FORMATS[result.kind] as unknown as Format<Kind>;
  const writer = new ByteWriter().uint8(format.code);
  format.write(writer, result);
  return writer.finish();
}

/** Null for bytes that are no result, such as those of a newer version. */
export function decodeResult(bytes: Uint8Array): KvResult | null {
  const reader = new ByteReader(bytes);
  const result = FORMAT_BY_CODE.get(reader.uint8())?.read(reader);
  return result !== undefined && reader.isIntact && reader.remaining === 0 ? result : null;
}
