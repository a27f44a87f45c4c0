// The part of a birth that the shard controllers have: a group that knows them is founded by one record in their log, and a
// member asks until it knows of that record. The record is asked for only when every place is blank, because it names the
// founding members; the first one wins, whoever asked for it.
import type { BirthOptions, BirthState } from "./birth-state.ts";
import { foundingMembers, foundingsKnown, isOfOtherCluster, isRecorded } from "./birth-state.ts";
import type { FoundingMember, FoundingRecord } from "./identity.ts";
import { isNamed } from "./identity.ts";

export type QuestionForControllers = { readonly found: readonly FoundingMember[] | null };

/** Null: there is nothing to ask. */
export function questionForControllers(options: BirthOptions, state: BirthState): QuestionForControllers | null {
  const { identity, controllers } = state;
  if (options.withControllers !== true || identity === null || state.saving !== null || state.became) return null;
  if (identity.kind === "unborn") {
    const isForeign = options.cluster !== null && controllers !== null && controllers.cluster !== options.cluster;
    const found = isForeign || foundingsKnown(options, state).length > 0 ? null : foundingMembers(options, state);
    return { found };
  }
  return isNamed(identity) && !isRecorded(state, identity) ? { found: null } : null;
}

/** What keeps a member waiting that has to do with the controllers. */
export function reasonsOfControllers(
  options: BirthOptions,
  { controllers, ...state }: BirthState,
  known: readonly FoundingRecord[],
): readonly string[] {
  if (options.withControllers !== true) return [];
  if (controllers === null) return known.length > 0 ? [] : ["the shard controllers do not answer"];
  const { cluster } = controllers;
  const other = known.find((founding) => isOfOtherCluster({ ...state, controllers }, founding));
  if (other !== undefined) return [`the shard controllers belong to cluster ${cluster}, the group to cluster ${other.cluster}`];
  if (options.cluster === null || options.cluster === cluster) return [];
  return [`the shard controllers belong to cluster ${cluster}, the configuration says ${options.cluster}`];
}
