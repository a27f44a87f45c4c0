// Says in words what a member is waiting for, and when its group has no quorum left, what a person could do. Decides
// nothing: a group is never founded a second time, however long the wait.
import type { MemberId } from "../base/ids.ts";
import type { Membership, Place } from "../raft/membership.ts";
import { foundingMembership } from "../raft/membership.ts";
import type { BirthOptions, BirthState, Waiting } from "./birth-state.ts";
import { founder, foundingsKnown, freshAnswer, holds, isLate, isSettled, isWanted, mustJoin, others } from "./birth-state.ts";
import { reasonsOfControllers } from "./birth-controllers.ts";
import type { FoundingRecord } from "./identity.ts";
import { foundingOf } from "./identity.ts";

export function waitingFor(options: BirthOptions, state: BirthState): Waiting {
  if (isSettled(state)) return { reasons: [], recovery: null };
  return { reasons: reasons(options, state), recovery: recovery(options, state) };
}

function reasons(options: BirthOptions, state: BirthState): readonly string[] {
  const { identity } = state;
  if (identity === null) return ["writing a first identity to the data directory"];
  if (identity.kind === "unborn") return reasonsOfUnborn(options, state);
  const perPlace = others(options, state).flatMap((place) => reasonAfterFounding(options, state, { place, founding: identity.founding }));
  if (state.became) return [mustJoin(state) ? "not yet a member of the group" : "the group has no leader", ...perPlace];
  return ["founding is not complete", ...perPlace, ...reasonsOfControllers(options, state, [identity.founding])];
}

function reasonsOfUnborn(options: BirthOptions, state: BirthState): readonly string[] {
  const known = foundingsKnown(options, state);
  if (known.length > 1) return [`the places of this group belong to different clusters: ${clusters(known)}`];
  const unwanted = known.filter((founding) => !isWanted(options, founding));
  if (unwanted.length > 0) return [`the group belongs to cluster ${clusters(unwanted)}, the configuration says ${options.cluster ?? ""}`];
  const controllers = reasonsOfControllers(options, state, known);
  if (controllers.length > 0 && known.length > 0) return controllers;
  if (known.length > 0) return [`adopting the founding record of cluster ${clusters(known)}`];
  const perPlace = others(options, state).flatMap((place) => reasonBeforeFounding(options, state, place));
  if (perPlace.length + controllers.length > 0) return [...perPlace, ...controllers];
  return [options.withControllers === true ? "the shard controllers record the founding" : `${name(founder(options))} founds the group`];
}

const clusters = (foundings: readonly FoundingRecord[]): string => foundings.map(({ cluster }) => cluster).join(", ");

function reasonBeforeFounding(options: BirthOptions, state: BirthState, place: Place): readonly string[] {
  const out = outOfReach(options, state, place);
  if (out !== null) return [out];
  const places = freshAnswer(options, state, place.ordinal)?.places ?? options.places.length;
  return places === options.places.length
    ? []
    : [`${name(place)} is configured with ${places} places, this member with ${options.places.length}`];
}

type At = { readonly place: Place; readonly founding: FoundingRecord };

function reasonAfterFounding(options: BirthOptions, state: BirthState, { place, founding }: At): readonly string[] {
  const out = outOfReach(options, state, place);
  if (out !== null) return [out];
  const heard = freshAnswer(options, state, place.ordinal);
  const other = heard === null ? null : foundingOf(heard.identity);
  if (other !== null && other.cluster !== founding.cluster) {
    return [`${name(place)} belongs to cluster ${other.cluster}, this data directory to cluster ${founding.cluster}`];
  }
  if (!state.became && !holds(state.heard[place.ordinal], founding)) return [`${name(place)} has not adopted the founding record yet`];
  const joinAnswer = mustJoin(state) ? state.joinAnswers[place.ordinal] : undefined;
  return joinAnswer === undefined ? [] : [`${name(place)}: ${joinAnswer}`];
}

function outOfReach(options: BirthOptions, state: BirthState, place: Place): string | null {
  const heard = state.heard[place.ordinal];
  if (heard?.kind === "turnedAway") return `${name(place)} turned this member away: ${heard.why}`;
  if (heard?.kind === "stranger") return `at ${name(place)} somebody answers whose address is ${heard.address}`;
  return freshAnswer(options, state, place.ordinal) === null ? `${name(place)} does not answer` : null;
}

const name = ({ ordinal, address }: Place): string => `place ${ordinal} (${address})`;

function recovery(options: BirthOptions, state: BirthState): string | null {
  const isWaitLong = isLate(options, state);
  const founding = state.identity === null ? null : foundingOf(state.identity);
  if (founding === null) return isWaitLong ? recoveryOfUnborn(options, state) : null;
  const { voters, outgoing, places } = state.standing?.membership ?? foundingMembership(founding.members);
  const lost = (members: readonly MemberId[]): readonly MemberId[] =>
    members.filter((member) => isLost(options, state, { member, places }));
  const silent = (members: readonly MemberId[]): readonly MemberId[] =>
    members.filter((member) => isSilent(options, state, { member, places }));
  for (const members of [voters, outgoing]) {
    const gone = isWaitLong ? [...lost(members), ...silent(members)] : lost(members);
    if (members.length > 0 && 2 * (members.length - gone.length) <= members.length) {
      return `group ${options.group} has no quorum: ${gone.length} of ${members.length} voting members are lost or out of reach; ${command(options)}`;
    }
  }
  return null;
}

function recoveryOfUnborn(options: BirthOptions, state: BirthState): string | null {
  if (others(options, state).every((place) => outOfReach(options, state, place) === null)) return null;
  return `a group is founded only when every place is blank; if group ${options.group} existed before, ${command(options)}`;
}

const command = (options: BirthOptions): string =>
  `when the disks of a majority are gone for good, bring it back with: flotilla group recover ${options.group}`;

type Whom = { readonly member: MemberId; readonly places: Membership["places"] };

/** Somebody else sits at its place: the disk that held its vote and its log is gone. */
function isLost(options: BirthOptions, state: BirthState, { member, places }: Whom): boolean {
  const ordinal = places[member]?.ordinal;
  if (ordinal === undefined) return false;
  if (ordinal === options.self.ordinal) return state.identity?.member !== member;
  const heard = freshAnswer(options, state, ordinal);
  return heard !== null && heard.identity.member !== member;
}

function isSilent(options: BirthOptions, state: BirthState, { member, places }: Whom): boolean {
  const ordinal = places[member]?.ordinal;
  if (ordinal === undefined || ordinal === options.self.ordinal) return false;
  return freshAnswer(options, state, ordinal) === null;
}
