// Who belongs to a group. A change goes through joint consensus: while `outgoing` is not empty, every decision needs a
// majority of `voters` and a majority of `outgoing` (never of their union). Learners receive the log and don't count.
import { textOf, utf8 } from "../base/bytes.ts";
import type { LogIndex, MemberId } from "../base/ids.ts";
import { asIndex } from "../base/ids.ts";

/** Where a member is found. The place (ordinal) outlives its member: who lost the disk comes back as a new member of the old place. */
export type Place = { readonly ordinal: number; readonly address: string };

export type Membership = {
  /** The entry that set this membership; 0 for the founding one. */
  readonly index: LogIndex;
  readonly voters: readonly MemberId[];
  /** The voters before the change that is under way; empty when none is. */
  readonly outgoing: readonly MemberId[];
  readonly learners: readonly MemberId[];
  /** Ids that will never belong again. */
  readonly removed: readonly MemberId[];
  readonly places: Readonly<Record<string, Place>>;
  /** Places from this one on are closed: who sits there may go, and nobody comes. Null, or left out: all are open. */
  readonly closedFrom?: number | null;
};

export const REMOVED_IDS_MAX = 1_000; // one for every disk that was ever lost; beyond that the oldest are forgotten

export const NO_MEMBERS: Membership = { index: asIndex(0), voters: [], outgoing: [], learners: [], removed: [], places: {} };

/** What a leader is asked for. `voters` is the wanted end; who is no voter yet is first a learner until it has caught up. */
export type MembershipChange =
  | { readonly kind: "addLearner"; readonly member: MemberId; readonly place: Place }
  | { readonly kind: "removeMember"; readonly member: MemberId }
  /** Before members are removed for good, so that they don't come back; null opens all places again. */
  | { readonly kind: "closePlaces"; readonly from: number | null }
  /** Only for learners that have caught up; each voter of the same place leaves in the same step. */
  | { readonly kind: "promote"; readonly member: MemberId };

export function foundingMembership(members: readonly { readonly member: MemberId; readonly place: Place }[]): Membership {
  return {
    ...NO_MEMBERS,
    voters: members.map(({ member }) => member),
    places: Object.fromEntries(members.map(({ member, place }) => [member, place])),
  };
}

export const isJoint = (membership: Membership): boolean => membership.outgoing.length > 0;

export function isVoter(membership: Membership, member: MemberId): boolean {
  return membership.voters.includes(member) || membership.outgoing.includes(member);
}

export const isLearner = (membership: Membership, member: MemberId): boolean => membership.learners.includes(member);

export const isClosed = ({ closedFrom }: Membership, { ordinal }: Pick<Place, "ordinal">): boolean => ordinal >= (closedFrom ?? Infinity);

/** The same members, at the addresses that their places have there. A place that is missing there stays where it is. */
export function relocated(membership: Membership, places: readonly Place[]): Membership {
  const addresses = new Map(places.map(({ ordinal, address }) => [ordinal, address]));
  const moved = Object.entries(membership.places).map(([member, { ordinal, address }]) => {
    return [member, { ordinal, address: addresses.get(ordinal) ?? address }] as const;
  });
  return { ...membership, places: Object.fromEntries(moved) };
}

/** Everybody who receives the log, each once. */
export function everyone(membership: Membership): readonly MemberId[] {
  const { voters, outgoing, learners } = membership;
  // Nearly always, and asked for in every turn.
  if (outgoing.length === 0 && learners.length === 0) return voters;
  return [...new Set([...voters, ...outgoing, ...learners])];
}

export type ChangeRefusal =
  "alreadyChanging" | "alreadyMember" | "notMember" | "notLearner" | "removedBefore" | "lastVoter" | "placeClosed";

/** The membership that a change leads to first: final for learners, joint when voters change. */
export function begin(current: Membership, change: MembershipChange): Membership | ChangeRefusal {
  if (isJoint(current)) return "alreadyChanging";
  return BEGINNINGS[change.kind](current, change as never);
}

/** The end of a joint phase: the outgoing voters are gone, and those who belong nowhere any more stay refused. */
export function finish(joint: Membership): Membership {
  const gone = joint.outgoing.filter((member) => !joint.voters.includes(member) && !joint.learners.includes(member));
  return forget({ ...joint, outgoing: [] }, gone);
}

type Beginnings = {
  readonly [K in MembershipChange["kind"]]: (
    current: Membership,
    change: Extract<MembershipChange, { readonly kind: K }>,
  ) => Membership | ChangeRefusal;
};

const BEGINNINGS: Beginnings = {
  addLearner: (current, { member, place }) => {
    if (current.removed.includes(member)) return "removedBefore";
    if (isVoter(current, member) || isLearner(current, member)) return "alreadyMember";
    if (isClosed(current, place)) return "placeClosed";
    // One learner a place: a member that lost its disk twice leaves no ghost behind that would be waited for.
    const stale = current.learners.filter((other) => current.places[other]?.ordinal === place.ordinal);
    const cleaned = forget({ ...current, learners: current.learners.filter((other) => !stale.includes(other)) }, stale);
    return { ...cleaned, learners: [...cleaned.learners, member], places: { ...cleaned.places, [member]: place } };
  },
  removeMember: (current, { member }) => {
    if (isLearner(current, member)) return forget({ ...current, learners: current.learners.filter((other) => other !== member) }, [member]);
    if (!isVoter(current, member)) return "notMember";
    if (current.voters.length === 1) return "lastVoter";
    return { ...current, outgoing: current.voters, voters: current.voters.filter((other) => other !== member) };
  },
  closePlaces: (current, { from }) => ({ ...current, closedFrom: from }),
  promote: (current, { member }) => {
    if (!isLearner(current, member)) return "notLearner";
    const place = current.places[member];
    if (place !== undefined && isClosed(current, place)) return "placeClosed";
    const ordinal = place?.ordinal;
    const staying = current.voters.filter((other) => current.places[other]?.ordinal !== ordinal);
    return {
      ...current,
      outgoing: current.voters,
      voters: [...staying, member],
      learners: current.learners.filter((other) => other !== member),
    };
  },
};

function forget(membership: Membership, gone: readonly MemberId[]): Membership {
  const places = Object.fromEntries(Object.entries(membership.places).filter(([member]) => !gone.includes(member as MemberId)));
  return { ...membership, places, removed: [...membership.removed, ...gone].slice(-REMOVED_IDS_MAX) };
}

export function encodeMembership(membership: Membership): Uint8Array {
  return utf8(JSON.stringify(membership));
}

/** Null for bytes that are no membership. */
export function decodeMembership(bytes: Uint8Array, index: LogIndex): Membership | null {
  try {
    const value = JSON.parse(textOf(bytes)) as Membership;
    const lists: readonly unknown[] = [value.voters, value.outgoing, value.learners, value.removed];
    const closedFrom: unknown = value.closedFrom ?? 0;
    return lists.every(Array.isArray) && typeof value.places === "object" && Number.isInteger(closedFrom) ? { ...value, index } : null;
  } catch {
    return null;
  }
}
