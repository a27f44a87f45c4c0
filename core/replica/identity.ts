// Who a member is, as its data directory says: its own id, its place, and the founding of the group that it belongs to.
// Written as a whole and durably at each step of a birth, before anybody is told; core/replica/birth.ts decides the steps.
import type { ClusterId, GroupId, MemberId } from "../base/ids.ts";
import type { Place } from "../raft/membership.ts";

export type FoundingMember = { readonly member: MemberId; readonly place: Place };

/** How a group came to be. Made once, by one member, and the same on all who have it. */
export type FoundingRecord = {
  readonly cluster: ClusterId;
  readonly group: GroupId;
  readonly members: readonly FoundingMember[];
};

type Somebody = { readonly member: MemberId; readonly group: GroupId; readonly ordinal: number };

export type Identity =
  /** Has an id and has never heard of a group. */
  | (Somebody & { readonly kind: "unborn" })
  /** Knows the founding. A founding member may not vote yet: some place may still be without the record. */
  | (Somebody & { readonly kind: "adopted"; readonly founding: FoundingRecord })
  /** A founding member that knows that every place held the record, so that no loss of disks can found a second group. */
  | (Somebody & { readonly kind: "born"; readonly founding: FoundingRecord });

export const PLACES_MAX = 15; // one group; majorities of more members only cost time

export const foundingOf = (identity: Identity): FoundingRecord | null => (identity.kind === "unborn" ? null : identity.founding);

/** Whether the record names this very member; another one in its place is a newcomer, whatever became of the first. */
export function isNamed(identity: Identity): boolean {
  return foundingOf(identity)?.members.some(({ member }) => member === identity.member) ?? false;
}

/** Null for anything that is no identity: it may come from a disk or from a peer. */
export function parseIdentity(value: unknown): Identity | null {
  if (!isRecord(value) || !isText(value["member"]) || !isText(value["group"]) || !isOrdinal(value["ordinal"])) return null;
  const somebody = { member: value["member"] as MemberId, group: value["group"] as GroupId, ordinal: value["ordinal"] };
  if (value["kind"] === "unborn") return { kind: "unborn", ...somebody };
  const founding = parseFounding(value["founding"]);
  if (founding === null || founding.group !== somebody.group) return null;
  return value["kind"] === "adopted" || value["kind"] === "born" ? { kind: value["kind"], ...somebody, founding } : null;
}

export function parseFounding(value: unknown): FoundingRecord | null {
  if (!isRecord(value) || !isText(value["cluster"]) || !isText(value["group"]) || !Array.isArray(value["members"])) return null;
  const members = value["members"].map(parseFoundingMember);
  if (members.length === 0 || members.length > PLACES_MAX || members.includes(null)) return null;
  return { cluster: value["cluster"] as ClusterId, group: value["group"] as GroupId, members: members as readonly FoundingMember[] };
}

export function parseFoundingMember(value: unknown): FoundingMember | null {
  if (!isRecord(value) || !isText(value["member"])) return null;
  const place = parsePlace(value["place"]);
  return place === null ? null : { member: value["member"] as MemberId, place };
}

export function parsePlace(value: unknown): Place | null {
  if (!isRecord(value) || !isOrdinal(value["ordinal"]) || !isText(value["address"])) return null;
  return { ordinal: value["ordinal"], address: value["address"] };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const TEXT_LENGTH_MAX = 256;

export const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= TEXT_LENGTH_MAX;

const ORDINAL_MAX = 9_999;

export function isOrdinal(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= ORDINAL_MAX;
}
