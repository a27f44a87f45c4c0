// Entries of a log for the tests of what happens to them once they are committed.
import { EMPTY_BYTES } from "../../../core/base/bytes.ts";
import { asIndex, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import type { Entry, EntryKind } from "../../../core/raft/entry.ts";
import { createEntry } from "../../../core/raft/entry.ts";
import { EnvelopeEncoder } from "../../../core/replica/applied/command-envelope.ts";
import type { Session } from "../../../core/replica/events.ts";

type Fields = { readonly index: number; readonly term?: number; readonly body?: Uint8Array; readonly version?: number };

export function entryOf(kind: EntryKind, { index, term = 1, body = EMPTY_BYTES, version = 1 }: Fields): Entry {
  return createEntry({ index: asIndex(index), term: asTerm(term), serviceIndex: asServiceIndex(index), kind, version, body });
}

type CommandFields = { readonly index: number; readonly stampMs?: number; readonly session?: Session | null };

export function commandEntry(command: Uint8Array, { index, stampMs = 0, session = null }: CommandFields): Entry {
  return entryOf("command", { index, body: new EnvelopeEncoder().encode({ stampMs, session, command }) });
}
