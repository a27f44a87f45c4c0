// What clients ask the key/value store, as bytes. A command goes through the log and changes something; a query reads the
// applied state. The first byte names the operation; codes are never reused, and an operation that comes later gets a
// new code and raises VERSION_OF.
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter, countLength, writeCount } from "../base/byte-writer.ts";
import { EMPTY_BYTES } from "../base/bytes.ts";

/** A write that takes effect only if the key is as the writer believes. Version 0 and revision 0: the key is absent. */
export type Guards = { readonly ifVersion: number | null; readonly ifRevision: number | null };

export const NO_GUARDS: Guards = { ifVersion: null, ifRevision: null };

export type KvCommand =
  | { readonly kind: "put"; readonly key: Uint8Array; readonly guards: Guards; readonly value: Uint8Array }
  | { readonly kind: "append"; readonly key: Uint8Array; readonly guards: Guards; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly key: Uint8Array; readonly guards: Guards };

export type KvQuery = { readonly kind: "get"; readonly key: Uint8Array };

const COMMAND_CODES = { put: 1, append: 2, delete: 3 } as const satisfies Record<KvCommand["kind"], number>;
const QUERY_CODES = { get: 1 } as const satisfies Record<KvQuery["kind"], number>;
const COMMAND_KINDS = new Map(Object.entries(COMMAND_CODES).map(([kind, code]) => [code as number, kind as KvCommand["kind"]]));

/** The group version that every member must have reached before a command of this kind may be proposed. */
const VERSION_OF = { put: 1, append: 1, delete: 1 } as const satisfies Record<KvCommand["kind"], number>;

const HAS_VERSION_GUARD = 1;
const HAS_REVISION_GUARD = 2;
const KNOWN_FLAGS = HAS_VERSION_GUARD | HAS_REVISION_GUARD;

/** Into memory of just the right size: every write of every client comes through here. */
export function encodeCommand(command: KvCommand): Uint8Array {
  const { key, guards } = command;
  const value = command.kind === "delete" ? EMPTY_BYTES : command.value;
  const { ifVersion, ifRevision } = guards;
  const bytes = new Uint8Array(2 + countLength(key.length) + key.length + guardLength(ifVersion) + guardLength(ifRevision) + value.length);
  bytes[0] = COMMAND_CODES[command.kind];
  bytes[1] = (ifVersion === null ? 0 : HAS_VERSION_GUARD) | (ifRevision === null ? 0 : HAS_REVISION_GUARD);
  let offset = writeCount(bytes, 2, key.length);
  bytes.set(key, offset);
  offset += key.length;
  if (ifVersion !== null) offset = writeCount(bytes, offset, ifVersion);
  if (ifRevision !== null) offset = writeCount(bytes, offset, ifRevision);
  bytes.set(value, offset);
  return bytes;
}

const guardLength = (guard: number | null): number => (guard === null ? 0 : countLength(guard));

/** Null for bytes that are no command. Keys and values are views into them. */
export function decodeCommand(bytes: Uint8Array): KvCommand | null {
  const reader = new ByteReader(bytes);
  const kind = COMMAND_KINDS.get(reader.uint8());
  const flags = reader.uint8();
  const key = reader.sized();
  const guards = readGuards(reader, flags);
  const value = reader.rest();
  if (kind === undefined || !reader.isIntact || (flags & ~KNOWN_FLAGS) !== 0) return null;
  if (kind !== "delete") return { kind, key, guards, value };
  return value.length === 0 ? { kind, key, guards } : null;
}

function readGuards(reader: ByteReader, flags: number): Guards {
  if (flags === 0) return NO_GUARDS;
  const ifVersion = (flags & HAS_VERSION_GUARD) === 0 ? null : reader.count();
  const ifRevision = (flags & HAS_REVISION_GUARD) === 0 ? null : reader.count();
  return { ifVersion, ifRevision };
}

/** Looks at no more than the first byte. */
export function commandKind(bytes: Uint8Array): KvCommand["kind"] | null {
  return COMMAND_KINDS.get(bytes[0] ?? 0) ?? null;
}

export function versionOfKind(kind: KvCommand["kind"] | null): number {
  // What is no command is answered as such by every version.
  return kind === null ? 1 : VERSION_OF[kind];
}

export function encodeQuery(query: KvQuery): Uint8Array {
  return new ByteWriter().uint8(QUERY_CODES[query.kind]).sized(query.key).finish();
}

export function decodeQuery(bytes: Uint8Array): KvQuery | null {
  const reader = new ByteReader(bytes);
  const code = reader.uint8();
  const key = reader.sized();
  return code === QUERY_CODES.get && reader.isIntact && reader.remaining === 0 ? { kind: "get", key } : null;
}
