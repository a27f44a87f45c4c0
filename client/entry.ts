// Keys and values as callers give them, text or bytes, and what the store answers about one key. Text is UTF-8.

export type Bytes = string | Uint8Array;

/** What a key holds. */
export class Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** 1 when the key was created, one more for each change. */
  readonly version: number;
  /** Rises within the shard with every change of any key, and is never used again. */
  readonly revision: number;
  /** When the key ends by itself, in milliseconds since 1970; null: it stays. */
  readonly expiresAtMs: number | null;

  constructor(fields: Pick<Entry, "key" | "value" | "version" | "revision"> & { readonly expiresAtMs?: number | null }) {
    this.key = fields.key;
    this.value = fields.value;
    this.version = fields.version;
    this.revision = fields.revision;
    this.expiresAtMs = fields.expiresAtMs ?? null;
  }

  get keyText(): string {
    return textOf(this.key);
  }

  get text(): string {
    return textOf(this.value);
  }
}

export type Change = { readonly version: number; readonly revision: number };
/** `length`: of the whole value, in bytes. */
export type Appended = Change & { readonly length: number };
export type Incremented = Change & { readonly value: bigint };
/** `revision`: of the deletion; of the shard, where there was nothing. */
export type Deleted = { readonly deleted: boolean; readonly revision: number };

const HALF_A_CHARACTER = /\p{Surrogate}/u;

/** Throws on a text that has no bytes: whatever would stand for half a character is another key, or another value. */
export function bytesOf(value: Bytes): Uint8Array {
  if (typeof value !== "string") return value;
  if (HALF_A_CHARACTER.test(value)) throw new TypeError("a key or value is not a whole text: it has half a character");
  return new TextEncoder().encode(value);
}

/** A byte order mark is a part of the text: without it a key would be another one. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
