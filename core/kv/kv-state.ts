// The keys and their values, with the digest of all of them kept up to date: the sum of one hash per key, so that it
// depends on what there is and not on how it came about.
import { crc32c } from "../base/checksum.ts";
import { OrderedTree } from "./ordered-tree.ts";

export type KvItem = {
  readonly value: Uint8Array;
  /** 1 when the key was created, one more with every change. */
  readonly version: number;
  /** Of its last change. Unique among all changes of all keys, rising, never reused. */
  readonly revision: number;
  readonly hash: number;
};

export class KvState {
  readonly items: OrderedTree<KvItem>;
  /** Of the latest change of any key, a deletion included. */
  revision: number;
  #digest: number;

  constructor() {
    this.items = new OrderedTree();
    this.revision = 0;
    this.#digest = 0;
  }

  /** The value belongs to the state from now on, and so does the key unless it was there before. */
  put(key: Uint8Array, item: Omit<KvItem, "hash">): void {
    const { value, version, revision } = item;
    const hash = hashOf(key, item);
    const replaced = this.items.set(key, { value, version, revision, hash });
    this.#digest = (this.#digest + hash - (replaced?.hash ?? 0)) >>> 0;
  }

  delete(key: Uint8Array): void {
    const removed = this.items.delete(key);
    this.#digest = (this.#digest - (removed?.hash ?? 0)) >>> 0;
  }

  digest(): string {
    return `${this.#digest.toString(16).padStart(8, "0")}-${String(this.items.size)}-${String(this.revision)}`;
  }
}

function hashOf(key: Uint8Array, { value, version, revision }: Omit<KvItem, "hash">): number {
  // The numbers are mixed in by multiplication: the checksum alone is linear, and sums of it could cancel each other out.
  const bytes = crc32c(value, crc32c(key));
  const mixed = Math.imul(bytes ^ Math.imul(version, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(revision, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}
