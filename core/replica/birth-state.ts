// What a birth knows, as one value, and the one durable step that follows from it. Two claims rest on the order of steps:
// no second group is founded while one disk remains of the first (nobody serves before every place held the record), and
// no crash leaves a birth stuck (whoever holds the record tells it, to whoever asks, for ever).
import type { Outcome } from "../base/outcome.ts";
import { refused } from "../base/outcome.ts";
import type { ClusterId, GroupId, MemberId } from "../base/ids.ts";
import type { Membership, Place } from "../raft/membership.ts";
import { isLearner, isVoter } from "../raft/membership.ts";
import type { FoundingMember, FoundingRecord, Identity } from "./identity.ts";
import { foundingOf, isNamed } from "./identity.ts";

export type BirthTiming = {
  readonly askEveryTicks: number;
  /** An ask without an answer for this long is given up; a place that is silent for twice as long counts as out of reach. */
  readonly silentTicks: number;
  /** How long a group may be out of reach before a person is told what could be done. */
  readonly hintTicks: number;
};

export const DEFAULT_BIRTH_TIMING: BirthTiming = { askEveryTicks: 8, silentTicks: 40, hintTicks: 400 };

export type BirthOptions = {
  readonly group: GroupId;
  readonly self: Place;
  /** Every place of the group as configured, this member's own included. */
  readonly places: readonly Place[];
  /** The cluster that the configuration insists on, if it does. */
  readonly cluster: ClusterId | null;
  /** Distinguishes this life's questions from those of earlier ones. */
  readonly boot: number;
  readonly timing: BirthTiming;
  /** Foundings are recorded by the shard controllers, and by nobody else. */
  readonly withControllers?: boolean;
};

/** What the shard controllers said last: their cluster, and the record of this group's founding, if there is one. */
export type ControllersSay = { readonly cluster: ClusterId; readonly founding: FoundingRecord | null };

export type Heard =
  | { readonly kind: "answer"; readonly atTick: number; readonly identity: Identity; readonly places: number }
  | { readonly kind: "turnedAway"; readonly atTick: number; readonly why: string }
  /** Somebody answered there who is somewhere else. */
  | { readonly kind: "stranger"; readonly atTick: number; readonly address: string };

/** How the replica that was started stands. */
export type Standing = { readonly membership: Membership; readonly leader: MemberId | null };

export type BirthState = {
  readonly identity: Identity | null;
  /** Under way to the disk. Until it is there, this member tells nobody who it is. */
  readonly saving: Identity | null;
  readonly fresh: { readonly member: MemberId; readonly cluster: ClusterId } | null;
  readonly became: boolean;
  readonly ticks: number;
  readonly sequence: number;
  readonly asked: ByOrdinal<{ readonly sequence: number; readonly atTick: number }>;
  /** Who asked last from each place. */
  readonly askers: ByOrdinal<MemberId>;
  readonly heard: ByOrdinal<Heard>;
  readonly joinAnswers: ByOrdinal<string>;
  readonly controllers: ControllersSay | null;
  readonly standing: Standing | null;
  /** Since when there is no leader, or no group. */
  readonly withoutLeaderSince: number;
  readonly waiting: Waiting;
};

export type ByOrdinal<T> = Readonly<Record<number, T>>;

export type Waiting = { readonly reasons: readonly string[]; readonly recovery: string | null };

/** What a process answers that is no member of its group yet. */
export const refusedWaiting = ({ reasons }: Waiting): Outcome<never> =>
  refused("starting", `this member is waiting: ${reasons.join("; ")}`);

export const NOTHING_KNOWN: BirthState = {
  identity: null,
  saving: null,
  fresh: null,
  became: false,
  ticks: 0,
  sequence: 0,
  asked: {},
  askers: {},
  heard: {},
  joinAnswers: {},
  controllers: null,
  standing: null,
  withoutLeaderSince: 0,
  waiting: { reasons: [], recovery: null },
};

/** The identity to write next; null when nothing follows from what is known so far. */
export function nextIdentity(options: BirthOptions, state: BirthState): Identity | null {
  if (state.saving !== null || state.fresh === null) return null;
  const { group, self } = options;
  if (state.identity === null) return { kind: "unborn", member: state.fresh.member, group, ordinal: self.ordinal };
  return NEXT[state.identity.kind](options, state);
}

type Next = (options: BirthOptions, state: BirthState) => Identity | null;

const NEXT: { readonly [K in Identity["kind"]]: Next } = {
  unborn: (options, state) => {
    const known = foundingsKnown(options, state);
    if (known.length > 1) return null; // two clusters around one member: a person has mixed them up
    const founding = known[0] ?? (options.withControllers === true ? null : foundGroup(options, state));
    if (founding === null || !isWanted(options, founding) || isOfOtherCluster(state, founding)) return null;
    return adopt(state, founding);
  },
  adopted: (options, state) => {
    const { identity } = state;
    if (identity?.kind !== "adopted" || !isNamed(identity)) return null;
    const isSure = isRecorded(state, identity) || isHeldEverywhere(options, state, identity.founding);
    return isSure ? { ...identity, kind: "born" } : null;
  },
  born: () => null,
};

function adopt(state: BirthState, founding: FoundingRecord): Identity | null {
  const { identity } = state;
  return identity === null ? null : { ...identity, kind: "adopted", founding };
}

/** The first place founds, once every place has said, to this very member, that it is blank. */
function foundGroup(options: BirthOptions, state: BirthState): FoundingRecord | null {
  const members = foundingMembers(options, state);
  if (members === null || state.fresh === null) return null;
  return { cluster: options.cluster ?? state.fresh.cluster, group: options.group, members };
}

/** Who would found the group now, if this member is the one to see to it. */
export function foundingMembers(options: BirthOptions, state: BirthState): readonly FoundingMember[] | null {
  const { identity } = state;
  if (identity?.kind !== "unborn" || founder(options).ordinal !== options.self.ordinal) return null;
  const members = options.places.map((place) => ({ place, member: blankAt(options, state, place) }));
  const complete = members.filter((each): each is FoundingMember => each.member !== null);
  if (complete.length < members.length) return null;
  return complete;
}

export function founder(options: BirthOptions): Place {
  return options.places.reduce((first, place) => (place.ordinal < first.ordinal ? place : first));
}

function blankAt(options: BirthOptions, state: BirthState, place: Place): MemberId | null {
  if (place.ordinal === options.self.ordinal) return state.identity?.member ?? null;
  const answer = freshAnswer(options, state, place.ordinal);
  return answer?.identity.kind === "unborn" && answer.places === options.places.length ? answer.identity.member : null;
}

/** What was heard from a place, unless it has been silent since. */
export function freshAnswer(options: BirthOptions, state: BirthState, ordinal: number): (Heard & { readonly kind: "answer" }) | null {
  const heard = state.heard[ordinal];
  return heard?.kind === "answer" && state.ticks - heard.atTick <= 2 * options.timing.silentTicks ? heard : null;
}

/** The foundings that other places hold, one for each cluster. */
export function foundingsHeard(options: BirthOptions, state: BirthState): readonly FoundingRecord[] {
  const byCluster = new Map<ClusterId, FoundingRecord>();
  for (const { ordinal } of others(options, state)) {
    const heard = state.heard[ordinal];
    const founding = heard?.kind === "answer" ? foundingOf(heard.identity) : null;
    if (founding !== null) byCluster.set(founding.cluster, founding);
  }
  return [...byCluster.values()];
}

/** One for each cluster: what other places hold, and what the controllers have recorded. */
export function foundingsKnown(options: BirthOptions, state: BirthState): readonly FoundingRecord[] {
  const heard = foundingsHeard(options, state);
  const recorded = state.controllers?.founding ?? null;
  return recorded === null ? heard : [recorded, ...heard.filter(({ cluster }) => cluster !== recorded.cluster)];
}

/** Replicas of one cluster take nothing from controllers of another, and adopt nothing that those don't know. */
export const isOfOtherCluster = ({ controllers }: BirthState, { cluster }: FoundingRecord): boolean =>
  controllers !== null && controllers.cluster !== cluster;

/** A majority of the controllers holds the record that names this member: no loss of disks can found a second group. */
export function isRecorded({ controllers }: BirthState, identity: Identity): boolean {
  const record = controllers?.founding ?? null;
  if (record === null || record.cluster !== foundingOf(identity)?.cluster) return false;
  return record.members.some(({ member }) => member === identity.member);
}

export const isWanted = (options: BirthOptions, founding: FoundingRecord): boolean =>
  options.cluster === null || options.cluster === founding.cluster;

/** A place holds the record whoever sits there now: a newcomer adopts it too, and will never found another group. */
export function holds(heard: Heard | undefined, founding: FoundingRecord): boolean {
  return heard?.kind === "answer" && foundingOf(heard.identity)?.cluster === founding.cluster;
}

function isHeldEverywhere(options: BirthOptions, state: BirthState, founding: FoundingRecord): boolean {
  const answers = others(options, state).map(({ ordinal }) => state.heard[ordinal]);
  if (answers.some((heard) => holds(heard, founding) && heard?.kind === "answer" && heard.identity.kind === "born")) return true;
  const places = founding.members.map(({ place }) => place.ordinal).filter((ordinal) => ordinal !== options.self.ordinal);
  return places.every((ordinal) => holds(state.heard[ordinal], founding));
}

/** Those that are configured, and those that the group has beside them: it may have grown since this member was started. */
export function others({ self, places }: BirthOptions, { standing }: BirthState): readonly Place[] {
  const known = new Map(Object.values(standing?.membership.places ?? {}).map((place) => [place.ordinal, place]));
  for (const place of places) known.set(place.ordinal, place);
  return [...known.values()].filter(({ ordinal }) => ordinal !== self.ordinal).sort((a, b) => a.ordinal - b.ordinal);
}

/** Whether this identity may run a replica: it was born, or it is a newcomer, who counts for nothing until the log says so. */
export const mayBecome = (identity: Identity): boolean => identity.kind === "born" || (identity.kind === "adopted" && !isNamed(identity));

/** A newcomer that the group's log doesn't know yet. */
export function mustJoin(state: BirthState): boolean {
  const { identity, standing } = state;
  if (!state.became || identity === null || isNamed(identity)) return false;
  return standing === null || !belongs(standing.membership, identity.member);
}

/**
 * Who is no voter, not even by its own log, is missed by nobody and never stands for election: without a leader it asks
 * too, because it may have been removed without a word. A voter stands, and whoever knows that it was removed tells it so; but
 * where all others whom it knows have been replaced as well, nobody takes its messages any more, and after a while it asks, too.
 */
export function asksToJoin(options: BirthOptions, state: BirthState): boolean {
  const { identity, standing } = state;
  if (mustJoin(state)) return true;
  if (identity === null || standing === null || standing.leader !== null) return false;
  return !isVoter(standing.membership, identity.member) || isLate(options, state);
}

/** Out of reach of its group for so long that this is no mere election. */
export const isLate = ({ timing }: BirthOptions, { ticks, withoutLeaderSince }: BirthState): boolean =>
  ticks - withoutLeaderSince >= timing.hintTicks;

const belongs = (membership: Membership, member: MemberId): boolean => isVoter(membership, member) || isLearner(membership, member);

/** Nothing left to find out: the replica runs, belongs to its group and has a leader. */
export const isSettled = (state: BirthState): boolean => state.became && hasLeader(state) && !mustJoin(state);

const hasLeader = ({ standing }: BirthState): boolean => standing !== null && standing.leader !== null;
