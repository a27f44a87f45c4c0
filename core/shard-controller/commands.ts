// What the shard controller is asked, as bytes: one byte that names the operation, then JSON. Codes are never reused, and an
// operation that comes later gets a new code and raises VERSION_OF. Reading trusts nothing: what is no command is null.
import { textOf, utf8 } from "../base/bytes.ts";
import type { GroupId } from "../base/ids.ts";
import type { FoundingMember } from "../replica/identity.ts";
import { parseFoundingMember, PLACES_MAX } from "../replica/identity.ts";
import { GONE_VERSION, SETTLING_VERSION } from "../replica/options.ts";
import type { MemberAddress } from "../shards/configuration.ts";
import { GROUPS_MAX, isGroupId, membersAsJson, membersFromJson } from "../shards/configuration.ts";
import { SHARDS } from "../shards/slots.ts";

export type GroupMembers = { readonly group: GroupId; readonly members: readonly MemberAddress[] };

export type ControllerCommand =
  /** These groups serve too, or are found elsewhere from now on. */
  | { readonly kind: "join"; readonly groups: readonly GroupMembers[] }
  /** What they have goes to the others. Refused where nobody is left. */
  | { readonly kind: "leave"; readonly groups: readonly GroupId[] }
  /** The same even where nobody is left: then they keep what they have, and nobody serves it. No door offers this. */
  | { readonly kind: "abandon"; readonly groups: readonly GroupId[] }
  | { readonly kind: "move"; readonly shard: number; readonly group: GroupId }
  | SettleCommand
  /** As members of version 2 do it, who forget which groups are gone: it is in logs, and nobody proposes it any more. */
  | (Omit<SettleCommand, "kind"> & { readonly kind: "settle" })
  /** The first configuration: these groups, where their members said that they are. Changes nothing once there is one. */
  | { readonly kind: "joinFounded"; readonly groups: readonly GroupId[] }
  /** This group is founded by these members, unless it was founded before. */
  | { readonly kind: "found"; readonly group: GroupId; readonly members: readonly FoundingMember[] }
  /** The member at this place of a founded group is found here. */
  | { readonly kind: "announce"; readonly group: GroupId; readonly ordinal: number; readonly address: MemberAddress };

/**
 * Groups are gone for good: who has what, as the others said while this number was the latest. Moves that never end are taken back by
 * it. From then on those that are gone are given nothing, until they join again.
 */
export type SettleCommand = {
  readonly kind: "settleForGood";
  readonly number: number;
  /** Of each shard, by number. */
  readonly holders: readonly (GroupId | null)[];
  readonly gone: readonly GroupId[];
  /** Those among them that a shard may stand still for and be had all the same. */
  readonly frozenTo: readonly GroupId[];
};

export type ControllerQuery =
  /** Null: the latest. */
  { readonly kind: "configuration"; readonly number: number | null } | { readonly kind: "founding"; readonly group: GroupId };

type Kind = ControllerCommand["kind"];
type CommandOf<K extends Kind> = Extract<ControllerCommand, { readonly kind: K }>;

type Format<K extends Kind> = {
  readonly code: number;
  readonly write: (command: CommandOf<K>) => readonly unknown[];
  readonly read: (fields: readonly unknown[]) => CommandOf<K> | null;
};

const FORMATS: { readonly [K in Kind]: Format<K> } = {
  join: {
    code: 1,
    write: ({ groups }) => groups.map(({ group, members }) => [group, membersAsJson(members)]),
    read: (fields) => {
      const groups = allOf(fields, readGroupMembers);
      return groups === null || hasTwice(groups.map(({ group }) => group)) ? null : { kind: "join", groups };
    },
  },
  leave: { code: 2, write: ({ groups }) => groups, read: (fields) => readGroups("leave", fields) },
  abandon: { code: 7, write: ({ groups }) => groups, read: (fields) => readGroups("abandon", fields) },
  move: {
    code: 3,
    write: ({ shard, group }) => [shard, group],
    read: ([shard, group]) => (isCount(shard) && isGroupId(group) ? { kind: "move", shard, group } : null),
  },
  settle: { code: 8, write: writeSettling, read: (fields) => readSettling("settle", fields) },
  settleForGood: { code: 9, write: writeSettling, read: (fields) => readSettling("settleForGood", fields) },
  joinFounded: { code: 4, write: ({ groups }) => groups, read: (fields) => readGroups("joinFounded", fields) },
  found: {
    code: 5,
    write: ({ group, members }) => [group, members],
    read: ([group, given]) => {
      const members = Array.isArray(given) && given.length <= PLACES_MAX ? allOf(given, parseFoundingMember) : null;
      if (!isGroupId(group) || members === null || hasTwice(members.map(({ place }) => place.ordinal))) return null;
      return hasTwice(members.map(({ member }) => member)) ? null : { kind: "found", group, members };
    },
  },
  announce: {
    code: 6,
    write: ({ group, ordinal, address }) => [group, ordinal, membersAsJson([address])],
    read: ([group, ordinal, given]) => {
      const [address] = membersFromJson(given) ?? [];
      return isGroupId(group) && isCount(ordinal) && address !== undefined ? { kind: "announce", group, ordinal, address } : null;
    },
  },
};

const KINDS = new Map(Object.entries(FORMATS).map(([kind, { code }]) => [code, kind as Kind]));

/** The group version that every member must have reached before a command of this kind may be proposed. */
const VERSION_OF: { readonly [K in Kind]: number } = {
  join: 1,
  leave: 1,
  abandon: 1,
  move: 1,
  joinFounded: 1,
  found: 1,
  announce: 1,
  settle: SETTLING_VERSION,
  settleForGood: GONE_VERSION,
};

export function encodeControllerCommand(command: ControllerCommand): Uint8Array {
  const { code, write } = FORMATS[command.kind] as unknown as Format<Kind>;
  return withCode(code, write(command));
}

export function decodeControllerCommand(bytes: Uint8Array): ControllerCommand | null {
  const kind = controllerCommandKind(bytes);
  const fields = parseJson(textOf(bytes.subarray(1)));
  return kind === null || !Array.isArray(fields) ? null : FORMATS[kind].read(fields);
}

/** Looks at no more than the first byte. */
export function controllerCommandKind(bytes: Uint8Array): Kind | null {
  return KINDS.get(bytes[0] ?? 0) ?? null;
}

/** What is no command is answered as such by every version. */
export function versionOfControllerCommand(bytes: Uint8Array): number {
  const kind = controllerCommandKind(bytes);
  return kind === null ? 1 : VERSION_OF[kind];
}

const CONFIGURATION_QUERY = 1;
const FOUNDING_QUERY = 2;

export function encodeControllerQuery(query: ControllerQuery): Uint8Array {
  return query.kind === "configuration" ? withCode(CONFIGURATION_QUERY, [query.number]) : withCode(FOUNDING_QUERY, [query.group]);
}

export function decodeControllerQuery(bytes: Uint8Array): ControllerQuery | null {
  const fields = parseJson(textOf(bytes.subarray(1)));
  if (!Array.isArray(fields) || fields.length !== 1) return null;
  const [value] = fields as readonly unknown[];
  if (bytes[0] === CONFIGURATION_QUERY) return value === null || isCount(value) ? { kind: "configuration", number: value } : null;
  return bytes[0] === FOUNDING_QUERY && isGroupId(value) ? { kind: "founding", group: value } : null;
}

function withCode(code: number, fields: readonly unknown[]): Uint8Array {
  const body = utf8(JSON.stringify(fields));
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = code;
  bytes.set(body, 1);
  return bytes;
}

function readGroups<K extends "leave" | "abandon" | "joinFounded">(
  kind: K,
  fields: readonly unknown[],
): { readonly kind: K; readonly groups: GroupId[] } | null {
  const groups = allOf(fields, (value) => (isGroupId(value) ? value : null));
  return groups === null || hasTwice(groups) ? null : { kind, groups };
}

type Settling = Omit<SettleCommand, "kind">;

function writeSettling({ number, holders, gone, frozenTo }: Settling): readonly unknown[] {
  const names = [...new Set(holders.filter((holder) => holder !== null))].sort();
  return [number, names, holders.map((holder) => (holder === null ? -1 : names.indexOf(holder))), gone, frozenTo];
}

function readSettling<K extends "settle" | "settleForGood">(
  kind: K,
  [number, givenNames, given, givenGone, givenFrozenTo]: readonly unknown[],
): ({ readonly kind: K } & Settling) | null {
  const [names, gone, frozenTo] = [givenNames, givenGone, givenFrozenTo].map(groupIds);
  const holders = Array.isArray(given)
    ? given.map((at: unknown) => (at === -1 ? null : typeof at === "number" ? names?.[at] : undefined))
    : [];
  if (!isCount(number) || !gone || !frozenTo || holders.length !== SHARDS || holders.includes(undefined)) return null;
  return { kind, number, holders: holders as (GroupId | null)[], gone, frozenTo };
}

function readGroupMembers(value: unknown): GroupMembers | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [group, given] = value as readonly unknown[];
  const members = membersFromJson(given);
  return isGroupId(group) && members !== null ? { group, members } : null;
}

/** Null if there are none, too many, or one that can't be read. */
function allOf<T>(values: readonly unknown[], read: (value: unknown) => T | null): T[] | null {
  if (values.length === 0 || values.length > GROUPS_MAX) return null;
  const all = values.map(read);
  return all.includes(null) ? null : (all as T[]);
}

/** Null for what is no list of them; it may be empty. */
function groupIds(value: unknown): readonly GroupId[] | null {
  return Array.isArray(value) && value.length <= GROUPS_MAX && value.every(isGroupId) ? value : null;
}

const hasTwice = (values: readonly unknown[]): boolean => new Set(values).size < values.length;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
