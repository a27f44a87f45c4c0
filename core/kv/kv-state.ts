// The keys of one shard and their values, with the digest of all of them kept up to date: the sum of one hash per key, so
// that it depends on what there is and not on how it came about. Also where several changes become one: between `begin`
// and `commit` they share a revision, and `rollBack` makes all of them undone.
import { assert } from "../base/assert.ts";
import { crc32c } from "../base/checksum.ts";
import { DeadlineIndex } from "./deadline-index.ts";
import type { Due } from "./deadline-index.ts";
import { ItemColumn } from "./item-column.ts";
import { OrderedTree } from "./ordered-tree.ts";

export type KvContent = {
  readonly value: Uint8Array;
  /** 1 when the key was created, one more with every change. */
  readonly version: number;
  /** Of its last change. Unique among all changes of all keys, rising, never reused. */
  readonly revision: number;
  /** From then on the key counts as absent, whether it was removed or not; 0: never. */
  readonly deadlineMs: number;
};

export type KvItem = KvContent & {
  /** Of the key and the value, one after the other, as they were put there. */
  readonly checksum: number;
  /** Of everything. */
  readonly hash: number;
};

export type Extension = { readonly before: KvItem; readonly added: Uint8Array };

export type ChangeListener = (key: Uint8Array) => void;

type Undo = { readonly key: Uint8Array; readonly item: KvItem | undefined };
type OpenChanges = {
  readonly revisionBefore: number;
  readonly changed: Uint8Array[];
  /** By the key, what was there before all of them: a thousand appends to a large value must not keep a thousand values. */
  readonly undo: Map<string, Undo>;
};

export class KvState {
  readonly items = new OrderedTree<KvItem>(() => new ItemColumn());
  /** Of the latest change of any key, a deletion included. */
  revision = 0;
  /** Bytes of values that were made anew so far, whatever little of them changed: about what all changes took. */
  workBytes = 0;
  /** Is told the key of each change that is final; the key's memory may be used again afterwards. */
  listener: ChangeListener | null = null;
  #digest = 0;
  readonly #deadlines = new DeadlineIndex();
  #open: OpenChanges | null = null;

  /** The key as it is for everybody at that moment. */
  itemAt(key: Uint8Array, stampMs: number): KvItem | undefined {
    const item = this.items.get(key);
    return item === undefined || !hasEnded(item, stampMs) ? item : undefined;
  }

  /** Keys that end by themselves. */
  get endingKeys(): number {
    return this.#deadlines.size;
  }

  /** The earliest, due or not. */
  get firstDue(): Due | null {
    return this.#deadlines.first;
  }

  /** The revision that the next change has to have. */
  nextRevision(): number {
    return (this.#open === null ? this.revision : this.#open.revisionBefore) + 1;
  }

  /** The value belongs to the state from now on if it is a large one, see `ownValue`; the key does not. */
  put(key: Uint8Array, content: KvContent): void {
    this.workBytes += content.value.length;
    this.#replace(key, itemOf(content, crc32c(content.value, crc32c(key))));
  }

  /**
   * For a value that is the one of `before` with more behind it: only that is hashed, so that appending to a large value costs
   * what is appended. It also means that what was altered in memory meanwhile stays to be found.
   */
  extend(key: Uint8Array, content: KvContent, { before, added }: Extension): void {
    if (added.length > 0) this.workBytes += content.value.length;
    this.#replace(key, itemOf(content, crc32c(added, before.checksum)));
  }

  delete(key: Uint8Array): void {
    this.#replace(key, undefined);
  }

  begin(): void {
    assert(this.#open === null, "one group of changes at a time");
    this.#open = { revisionBefore: this.revision, changed: [], undo: new Map() };
  }

  commit(): void {
    const { changed } = this.#close();
    if (this.listener !== null) for (const key of changed) this.listener(key);
  }

  rollBack(): void {
    const { revisionBefore, undo } = this.#close();
    for (const { key, item } of undo.values()) this.#exchange(key, item);
    this.revision = revisionBefore;
  }

  digest(): string {
    return `${this.#digest.toString(16).padStart(8, "0")}-${String(this.items.size)}-${String(this.revision)}`;
  }

  #close(): OpenChanges {
    const open = this.#open;
    assert(open !== null, "a group of changes is open");
    this.#open = null;
    return open;
  }

  #replace(key: Uint8Array, item: KvItem | undefined): void {
    const replaced = this.#exchange(key, item);
    if (this.#open !== null) remember(this.#open, { key, item: replaced });
    else if (this.listener !== null) this.listener(key);
  }

  #exchange(key: Uint8Array, item: KvItem | undefined): KvItem | undefined {
    const replaced = item === undefined ? this.items.delete(key) : this.items.set(key, item);
    this.#digest = (this.#digest + (item?.hash ?? 0) - (replaced?.hash ?? 0)) >>> 0;
    const before = replaced?.deadlineMs ?? 0;
    const after = item?.deadlineMs ?? 0;
    if (before !== after) {
      if (before !== 0) this.#deadlines.remove(before, key);
      if (after !== 0) this.#deadlines.add(after, key);
    }
    return replaced;
  }
}

function remember({ changed, undo }: OpenChanges, replaced: Undo): void {
  changed.push(replaced.key);
  const name = String.fromCharCode(...replaced.key);
  if (!undo.has(name)) undo.set(name, replaced);
}

export function hasEnded({ deadlineMs }: KvContent, stampMs: number): boolean {
  return deadlineMs !== 0 && deadlineMs <= stampMs;
}

function itemOf(content: KvContent, checksum: number): KvItem {
  const { value, version, revision, deadlineMs } = content;
  return { value, version, revision, deadlineMs, checksum: checksum | 0, hash: hashWith(checksum, content) };
}

/** `bytes`: the checksum of the key and the value, one after the other. */
export function hashWith(bytes: number, { version, revision, deadlineMs }: KvContent): number {
  // The numbers are mixed in by multiplication: the checksum alone is linear, and sums of it could cancel each other out.
  const mixed = Math.imul(bytes ^ Math.imul(version, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(revision, 0xc2b2ae35);
  const whole = deadlineMs === 0 ? mixed : mixed ^ Math.imul(deadlineMs % 0x7fffffff, 0x27d4eb2f);
  return whole ^ (whole >>> 15);
}
