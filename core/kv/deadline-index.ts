// The keys that will be gone by themselves, by the moment at which they are due. Keys without such a moment are not in
// here and cost nothing.
import { EMPTY_BYTES } from "../base/bytes.ts";
import { OrderedTree } from "./ordered-tree.ts";

export type Due = { readonly deadlineMs: number; readonly key: Uint8Array };

const DEADLINE_BYTES = 6;

export class DeadlineIndex {
  readonly #entries = new OrderedTree<true>();
  /** Undefined: to be looked up. It is asked for after every entry of the log, and seldom changes. */
  #first: Due | null | undefined = null;

  get size(): number {
    return this.#entries.size;
  }

  /** A copy of the earliest. */
  get first(): Due | null {
    if (this.#first === undefined) this.#first = this.#lookUpFirst();
    return this.#first;
  }

  add(deadlineMs: number, key: Uint8Array): void {
    this.#entries.set(entryKey(deadlineMs, key), true);
    if (this.#first === null || (this.#first !== undefined && deadlineMs <= this.#first.deadlineMs)) this.#first = undefined;
  }

  remove(deadlineMs: number, key: Uint8Array): void {
    this.#entries.delete(entryKey(deadlineMs, key));
    if (this.#first !== undefined && this.#first !== null && deadlineMs <= this.#first.deadlineMs) this.#first = undefined;
  }

  #lookUpFirst(): Due | null {
    const cursor = this.#entries.cursor(EMPTY_BYTES);
    if (!cursor.next()) return null;
    let deadlineMs = 0;
    for (let i = 0; i < DEADLINE_BYTES; i++) deadlineMs = deadlineMs * 256 + (cursor.key[i] as number);
    return { deadlineMs, key: cursor.key.slice(DEADLINE_BYTES) };
  }
}

function entryKey(deadlineMs: number, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DEADLINE_BYTES + key.length);
  let rest = deadlineMs;
  for (let i = DEADLINE_BYTES - 1; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(key, DEADLINE_BYTES);
  return bytes;
}
