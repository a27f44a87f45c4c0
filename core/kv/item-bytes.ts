// One key with all that belongs to it, as bytes: in a snapshot, and on the way to another group. Versions, revisions and
// deadlines stay what they are.
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter, countLength } from "../base/byte-writer.ts";
import type { KvContent } from "./kv-state.ts";
import { DEADLINE_MS_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "./limits.ts";

export function itemLength(key: Uint8Array, { value, version, revision, deadlineMs }: KvContent): number {
  const numbers = countLength(key.length) + countLength(version) + countLength(revision) + countLength(deadlineMs);
  return numbers + key.length + value.length;
}

export function writeItem(writer: ByteWriter, key: Uint8Array, { value, version, revision, deadlineMs }: KvContent): void {
  writer.sized(key).count(version).count(revision).count(deadlineMs).raw(value);
}

export function encodeItem(key: Uint8Array, content: KvContent): Uint8Array {
  const writer = new ByteWriter();
  writeItem(writer, key, content);
  return writer.finish();
}

/** Null for bytes that are no item. The value is a copy, the key a view. */
export function decodeItem(bytes: Uint8Array): { readonly key: Uint8Array; readonly content: KvContent } | null {
  const reader = new ByteReader(bytes);
  const key = reader.sized();
  const [version, revision, deadlineMs] = [reader.count(), reader.count(), reader.count()];
  const value = reader.rest();
  if (!reader.isIntact || key.length === 0 || key.length > KEY_BYTES_MAX || value.length > VALUE_BYTES_MAX) return null;
  if (version === 0 || revision === 0 || deadlineMs > DEADLINE_MS_MAX) return null;
  return { key, content: { value: value.slice(), version, revision, deadlineMs } };
}
