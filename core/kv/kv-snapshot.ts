// The keys as a stream of bytes: a format byte and the latest revision, then one record after the other in order of the
// keys. The stream may be cut anywhere on its way back in. A record's own length comes first, so that a reader knows
// whether it has all of it.
import { concatBytes, EMPTY_BYTES } from "../base/bytes.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { crc32c } from "../base/checksum.ts";
import type { SnapshotSource } from "../replica/state-machine.ts";
import { decodeItem, itemLength, writeItem } from "./item-bytes.ts";
import { hashWith, KvState } from "./kv-state.ts";
import type { KvItem } from "./kv-state.ts";
import type { TreeCursor, TreeSnapshot } from "./ordered-tree.ts";

const FORMAT = 2;
const LENGTH_BYTES = 4;
/** Larger than any record of any format: a length beyond that is damage, and nothing waits for so many bytes. */
const RECORD_BYTES_MAX = 16_777_216;

export class KvSnapshotSource implements SnapshotSource {
  readonly #cursor: TreeCursor<KvItem>;
  #header: Uint8Array | null;
  #isSound = true;

  constructor(items: TreeSnapshot<KvItem>, revision: number) {
    this.#cursor = items.cursor(EMPTY_BYTES);
    const header = new ByteWriter().uint8(FORMAT).count(revision).count(items.size);
    this.#header = new ByteWriter().uint32(header.length).raw(header.finish()).finish();
  }

  next(slice: ByteWriter, bytesMax: number): boolean {
    const start = slice.length;
    if (this.#header !== null) slice.raw(this.#header);
    this.#header = null;
    while (slice.length - start < bytesMax && this.#cursor.next()) this.#write(slice, this.#cursor.key, this.#cursor.value);
    return slice.length > start;
  }

  /** False: something that it gave is not what was put there. */
  get isSound(): boolean {
    return this.#isSound;
  }

  #write(writer: ByteWriter, key: Uint8Array, item: KvItem): void {
    this.#isSound &&= hashWith(crc32c(item.value, crc32c(key)), item) === item.hash;
    writer.uint32(itemLength(key, item));
    writeItem(writer, key, item);
  }
}

export class KvRestoration {
  readonly #state = new KvState();
  /** The beginning of a record whose end has not arrived. */
  #unread: Uint8Array = EMPTY_BYTES;
  /** Null until the header has been read. */
  #announced: number | null = null;

  /** False: these bytes are no snapshot of this kind. */
  write(bytes: Uint8Array): boolean {
    const all = this.#unread.length === 0 ? bytes : concatBytes([this.#unread, bytes]);
    let offset = 0;
    while (all.length - offset >= LENGTH_BYTES) {
      const length = new ByteReader(all, offset).uint32();
      const end = offset + LENGTH_BYTES + length;
      if (length > RECORD_BYTES_MAX) return false;
      if (end > all.length) break;
      if (!this.#read(all.subarray(offset + LENGTH_BYTES, end))) return false;
      offset = end;
    }
    this.#unread = all.slice(offset);
    return true;
  }

  /** What `KvShard` begins with; null: this was not all of a snapshot. */
  finish(): KvState | null {
    return this.#unread.length > 0 || this.#announced !== this.#state.items.size ? null : this.#state;
  }

  #read(record: Uint8Array): boolean {
    return this.#announced === null ? this.#readHeader(new ByteReader(record)) : this.#readItem(record);
  }

  #readHeader(reader: ByteReader): boolean {
    const format = reader.uint8();
    this.#state.revision = reader.count();
    this.#announced = reader.count();
    return format === FORMAT && reader.isIntact && reader.remaining === 0;
  }

  #readItem(record: Uint8Array): boolean {
    const item = decodeItem(record);
    if (item !== null) this.#state.put(item.key, item.content);
    return item !== null;
  }
}
