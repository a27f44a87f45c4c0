// The way out when a majority of a group is gone for good: one survivor's log becomes the group's, with that survivor as its
// only voter. Not consensus: whatever only the lost members had is lost, so a person must have decided it, and the others must
// never come back under their old ids.
import { asIndex, asTerm } from "../base/ids.ts";
import type { MemberId } from "../base/ids.ts";
import type { Entry } from "./entry.ts";
import { createEntry } from "./entry.ts";
import type { RecoveredGroup } from "./inputs.ts";
import type { Membership } from "./membership.ts";
import { decodeMembership, encodeMembership, everyone, REMOVED_IDS_MAX } from "./membership.ts";
import type { HardState } from "./ready.ts";

export type ForcedMembership = {
  readonly before: Membership;
  readonly after: Membership;
  /** To be written behind the survivor's log, together. */
  readonly hardState: HardState;
  readonly entry: Entry;
};

export function forceMembership(recovered: RecoveredGroup, survivor: MemberId): ForcedMembership {
  const before = latestMembership(recovered);
  const last = recovered.entries.at(-1) ?? recovered.base;
  const index = asIndex(last.index + 1);
  // A term that nobody has led, as far as the survivor knows: no entry of a lost leader can be mistaken for one of the group from here on.
  const term = asTerm(Math.max(recovered.hardState.term, last.term) + 1);
  // Learners too: one of them may have applied what is lost now, and could never follow this log.
  const gone = everyone(before).filter((member) => member !== survivor);
  const place = before.places[survivor];
  const after: Membership = {
    index,
    voters: [survivor],
    outgoing: [],
    learners: [],
    removed: [...before.removed, ...gone].slice(-REMOVED_IDS_MAX),
    places: place === undefined ? {} : { [survivor]: place },
  };
  const entry = createEntry({
    index,
    term,
    serviceIndex: last.serviceIndex,
    kind: "membership",
    version: 0,
    body: encodeMembership(after),
  });
  return { before, after, hardState: { term, vote: survivor }, entry };
}

/** As the last entry that says so has it, committed or not: nobody is left who could say otherwise. */
function latestMembership({ entries, membership }: RecoveredGroup): Membership {
  const found = entries.filter(({ kind }) => kind === "membership").map(({ body, index }) => decodeMembership(body, index));
  return found.findLast((each) => each !== null) ?? membership;
}
