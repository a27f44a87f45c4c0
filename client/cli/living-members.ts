// Who of a group still lives, as its places answer: what a person has to know before the group is forced onto one survivor.
import type { Membership, Place } from "../../core/raft/membership.ts";
import { everyone } from "../../core/raft/membership.ts";
import type { MemberId } from "../../core/base/ids.ts";
import type { FoundingRecord } from "../../core/replica/identity.ts";
import type { MemberStanding } from "../../runtime/peers/member-standing.ts";
import { parseStanding, STANDING_QUESTION } from "../../runtime/peers/member-standing.ts";
import type { PeerAsker } from "../../runtime/peers/peer-asker.ts";

const DEADLINE_MS = 2_000;

/** `untold`: somebody answers there and does not say who it is, as older programs do. */
export type PlaceFound = { readonly place: Place; readonly standing: MemberStanding | "silent" | "untold" };

export type Search = { readonly founding: FoundingRecord; readonly membership: Membership; readonly survivor: MemberId };

/** Every place but the survivor's. */
export function placesOf({ membership, survivor }: Search): readonly Place[] {
  const own = membership.places[survivor]?.ordinal;
  const places = everyone(membership).flatMap((member) => membership.places[member] ?? []);
  return [...new Map(places.map((place) => [place.ordinal, place])).values()]
    .filter(({ ordinal }) => ordinal !== own)
    .sort((a, b) => a.ordinal - b.ordinal);
}

export function askPlaces(asker: Pick<PeerAsker, "ask">, places: readonly Place[]): Promise<readonly PlaceFound[]> {
  return Promise.all(
    places.map(async (place) => {
      const asking = { address: place.address, question: STANDING_QUESTION, body: null, deadlineMs: DEADLINE_MS };
      const outcome = await asker.ask(asking);
      if (outcome.kind === "done") return { place, standing: parseStanding(outcome.value) ?? "untold" };
      // A name that nobody knows is refused here, a question that nobody knows is refused there.
      const isThere = outcome.kind === "refused" && !outcome.refusal.message.startsWith("no name server");
      return { place, standing: isThere ? "untold" : "silent" };
    }),
  );
}

/** In words, if the group needs no recovery: it has a leader somewhere, or its voters that answer are a majority with the survivor. */
export function whyGroupLives(search: Search, found: readonly PlaceFound[]): string | null {
  const { voters, outgoing } = search.membership;
  const led = found.filter(({ standing }) => isOfGroup(search, standing) && standing.leader !== null);
  const lives = (member: MemberId): boolean => member === search.survivor || found.some((each) => isHeldBy(search, each, member));
  const isMajority = (members: readonly MemberId[]): boolean => members.length === 0 || 2 * members.filter(lives).length > members.length;
  const whole = voters.length > 0 && isMajority(voters) && isMajority(outgoing);
  if (led.length === 0 && !whole) return null;
  const living = led.length > 0 ? led : found.filter((each) => voters.concat(outgoing).some((member) => isHeldBy(search, each, member)));
  const who = [`${search.survivor} (this directory)`, ...living.map(describeFound)].join("; ");
  return led.length > 0 ? `the group has a leader: ${living.map(describeFound).join("; ")}` : `a majority of the group lives: ${who}`;
}

export function describeFound({ place, standing }: PlaceFound): string {
  const where = `place ${place.ordinal} (${place.address})`;
  if (standing === "silent") return `${where} does not answer`;
  if (standing === "untold") return `${where} answers, and does not say who it is`;
  const { member, term, lastIndex, leader } = standing;
  if (member === null) return `${where} belongs to no group yet`;
  return `${where}: ${member}, term ${term}, last entry ${lastIndex}, ${leader === null ? "without a leader" : `led by ${leader}`}`;
}

function isHeldBy(search: Search, { place, standing }: PlaceFound, member: MemberId): boolean {
  if (search.membership.places[member]?.ordinal !== place.ordinal || standing === "silent") return false;
  return standing === "untold" || (isOfGroup(search, standing) && standing.member === member);
}

function isOfGroup({ founding }: Search, standing: PlaceFound["standing"]): standing is MemberStanding {
  return typeof standing === "object" && standing.cluster === founding.cluster && standing.group === founding.group;
}
