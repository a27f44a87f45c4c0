// One position of the log. An entry is encoded once, by the leader that creates it: the same bytes go to every log and
// to every peer, so that no member ever interprets what it merely stores. docs/formats.md shows the bytes.
import { asIndex, asServiceIndex, asTerm } from "../base/ids.ts";
import type { LogIndex, ServiceIndex, Term } from "../base/ids.ts";
import type { Slab } from "../base/slab.ts";

/** Only `command` entries reach a service; the others belong to the group itself and stay hidden. */
export type EntryKind = "command" | "termStart" | "membership" | "version";

export type Entry = {
  readonly index: LogIndex;
  readonly term: Term;
  /** How many commands the log holds up to and including this entry. */
  readonly serviceIndex: ServiceIndex;
  readonly kind: EntryKind;
  /** The group version that a member must know to apply this entry; it may store and send entries of any version. */
  readonly version: number;
  /** A view into `bytes`, made when it is asked for: an entry is asked once, when it is applied, and stays in the log for long. */
  readonly body: Uint8Array;
  /** The whole encoded entry. */
  readonly bytes: Uint8Array;
};

/** What identifies an entry: no two different entries ever have the same index and term. */
export type EntryId = { readonly index: LogIndex; readonly term: Term };

/** Where a log begins: everything up to here is in a snapshot (or never existed, at the origin). */
export type LogBase = EntryId & { readonly serviceIndex: ServiceIndex };

export const LOG_ORIGIN: LogBase = { index: asIndex(0), term: asTerm(0), serviceIndex: asServiceIndex(0) };

export const ENTRY_HEADER_BYTES = 21;
const FORMAT = 1;
const KINDS: readonly EntryKind[] = ["command", "termStart", "membership", "version"];
const TWO_TO_32 = 0x1_0000_0000;

export type EntryFields = Omit<Entry, "bytes">;

type EntryHead = Omit<EntryFields, "body">;

class EncodedEntry implements Entry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly serviceIndex: ServiceIndex;
  readonly kind: EntryKind;
  readonly version: number;
  readonly bytes: Uint8Array;

  constructor({ index, term, serviceIndex, kind, version }: EntryHead, bytes: Uint8Array) {
    this.index = index;
    this.term = term;
    this.serviceIndex = serviceIndex;
    this.kind = kind;
    this.version = version;
    this.bytes = bytes;
  }

  get body(): Uint8Array {
    return this.bytes.subarray(ENTRY_HEADER_BYTES);
  }
}

/** `slab`: for entries that are many, and are compacted away together. */
export function createEntry({ index, term, serviceIndex, kind, version, body }: EntryFields, slab?: Slab): Entry {
  const length = ENTRY_HEADER_BYTES + body.length;
  const bytes = slab?.take(length) ?? new Uint8Array(length);
  bytes[0] = FORMAT;
  bytes[1] = KINDS.indexOf(kind);
  bytes[2] = version;
  writeUint48(bytes, 3, index);
  writeUint48(bytes, 9, term);
  writeUint48(bytes, 15, serviceIndex);
  bytes.set(body, ENTRY_HEADER_BYTES);
  return new EncodedEntry({ index, term, serviceIndex, kind, version }, bytes);
}

/** Null for bytes that are no entry: a peer or a disk may hand over anything. */
export function decodeEntry(bytes: Uint8Array): Entry | null {
  const kind = KINDS[bytes[1] ?? KINDS.length];
  if (bytes.length < ENTRY_HEADER_BYTES || bytes[0] !== FORMAT || kind === undefined) return null;
  return new EncodedEntry(
    {
      index: asIndex(readUint48(bytes, 3)),
      term: asTerm(readUint48(bytes, 9)),
      serviceIndex: asServiceIndex(readUint48(bytes, 15)),
      kind,
      version: bytes[2] as number,
    },
    bytes,
  );
}

function writeUint48(bytes: Uint8Array, offset: number, value: number): void {
  const high = Math.floor(value / TWO_TO_32);
  const low = value >>> 0;
  bytes[offset] = high >>> 8;
  bytes[offset + 1] = high;
  bytes[offset + 2] = low >>> 24;
  bytes[offset + 3] = low >>> 16;
  bytes[offset + 4] = low >>> 8;
  bytes[offset + 5] = low;
}

function readUint48(bytes: Uint8Array, offset: number): number {
  const high = at(bytes, offset) * 256 + at(bytes, offset + 1);
  const low = (at(bytes, offset + 2) << 24) | (at(bytes, offset + 3) << 16) | (at(bytes, offset + 4) << 8) | at(bytes, offset + 5);
  // Apart, for nearly every number is that small: what comes of the multiplication is a number object in every entry that is kept.
  return high === 0 && low >= 0 ? low : high * TWO_TO_32 + (low >>> 0);
}

/** Not a function within the others: that is an object made for every call, and every entry has three of these numbers. */
const at = (bytes: Uint8Array, i: number): number => bytes[i] as number;
