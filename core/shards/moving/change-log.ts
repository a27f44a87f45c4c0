// What has changed in a shard since it began to leave: which keys and which sessions, in the order of their last change. It
// keeps no values: whoever asks is given them as they are now, or is told that they are gone. An id that changes again moves
// to the end, so a key that is written all the time is in here once.
//
// Part of the replicated state: numbers are the same on every member, so a copy can be continued from any of them. If it
// grows beyond its limit, everything in it is forgotten, and a copy that has not come so far has to begin anew.
import { concatBytes, EMPTY_BYTES } from "../../base/bytes.ts";
import { ByteReader } from "../../base/byte-reader.ts";
import type { ByteWriter } from "../../base/byte-writer.ts";
import { OrderedTree } from "../../kv/ordered-tree.ts";
import type { TreeCursor } from "../../kv/ordered-tree.ts";

export const CHANGES_MAX = 1_000_000;

export type ChangedKind = "key" | "session";
export type Change = { readonly sequence: number; readonly kind: ChangedKind; readonly id: Uint8Array };

const KIND_BYTES = { key: Uint8Array.of(0), session: Uint8Array.of(1) } as const;

export class ChangeLog {
  readonly #limit: number;
  /** Kind and id → the number of its last change. */
  #byId = new OrderedTree<number>();
  /** The number of the change → kind and id. */
  #bySequence = new OrderedTree<Uint8Array>();
  #sequence = 0;
  #base = 0;

  constructor(limit = CHANGES_MAX) {
    this.#limit = limit;
  }

  /** Of the latest change; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Changes up to this one are forgotten. */
  get base(): number {
    return this.#base;
  }

  touch(kind: ChangedKind, id: Uint8Array): void {
    const changed = concatBytes([KIND_BYTES[kind], id]);
    const sequence = ++this.#sequence;
    const before = this.#byId.set(changed, sequence);
    if (before !== undefined) this.#bySequence.delete(sequenceKey(before));
    this.#bySequence.set(sequenceKey(sequence), changed);
    if (this.#byId.size > this.#limit) this.#forgetAll();
  }

  /** In order, those that changed last after `sequence`. */
  *since(sequence: number): Generator<Change> {
    const cursor = this.#bySequence.cursor(sequenceKey(sequence + 1));
    while (cursor.next())
      yield { sequence: sequenceIn(cursor.key), kind: cursor.value[0] === 0 ? "key" : "session", id: cursor.value.subarray(1) };
  }

  /** A consistent copy, free to take. */
  snapshot(): ChangeLogSnapshot {
    return { sequence: this.#sequence, base: this.#base, entries: this.#bySequence.snapshot().cursor(EMPTY_BYTES) };
  }

  /** For a restoration: the numbers as they were ... */
  restoreNumbers(sequence: number, base: number): void {
    this.#sequence = sequence;
    this.#base = base;
  }

  /** ... and entries as `nextChanges` gave them. False: these are none. */
  restoreEntries(bytes: Uint8Array): boolean {
    const reader = new ByteReader(bytes);
    while (reader.remaining > 0) {
      const sequence = reader.count();
      const changed = reader.sized().slice();
      if (!reader.isIntact || changed.length < 2 || sequence > this.#sequence) return false;
      this.#byId.set(changed, sequence);
      this.#bySequence.set(sequenceKey(sequence), changed);
    }
    return true;
  }

  #forgetAll(): void {
    this.#byId = new OrderedTree();
    this.#bySequence = new OrderedTree();
    this.#base = this.#sequence;
  }
}

export type ChangeLogSnapshot = { readonly sequence: number; readonly base: number; readonly entries: TreeCursor<Uint8Array> };

/** Writes about so many bytes of the next entries. False: there was none left. */
export function nextChanges(entries: TreeCursor<Uint8Array>, slice: ByteWriter, bytesMax: number): boolean {
  const start = slice.length;
  while (slice.length - start < bytesMax && entries.next()) slice.count(sequenceIn(entries.key)).sized(entries.value);
  return slice.length > start;
}

const SEQUENCE_BYTES = 7;

function sequenceKey(sequence: number): Uint8Array {
  const key = new Uint8Array(SEQUENCE_BYTES);
  for (let i = SEQUENCE_BYTES - 1, rest = sequence; i >= 0; i--, rest = Math.floor(rest / 256)) key[i] = rest % 256;
  return key;
}

function sequenceIn(key: Uint8Array): number {
  let sequence = 0;
  for (let i = 0; i < SEQUENCE_BYTES; i++) sequence = sequence * 256 + (key[i] as number);
  return sequence;
}
