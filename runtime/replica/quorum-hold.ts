// A member that is told to end waits as long as its group would lose its majority by that: because another one has just gone and is
// not back yet. It serves meanwhile. When all that are there are about to go, nobody waits for anybody.
import type { Place } from "../../core/raft/membership.ts";
import type { MemberStanding } from "../peers/member-standing.ts";
import { parseStanding, STANDING_QUESTION } from "../peers/member-standing.ts";
import type { PeerAsker } from "../peers/peer-asker.ts";

export type OtherVoter = { readonly ordinal: number; readonly standing: Pick<MemberStanding, "serves" | "leaves"> | null };

export type HoldOptions = {
  readonly asker: Pick<PeerAsker, "ask">;
  readonly group: string;
  readonly ordinal: number;
  /** Of the others, as they are now. */
  readonly otherVoters: () => readonly Place[];
  /** Why it still waits; once. */
  readonly onHold: (message: string) => void;
};

const LOOK_MS = 250;
const ANSWER_MS = 500;
/** By then whoever looked before this member said that it leaves has its answers, and has gone by them or not. */
const DECIDED_MS = ANSWER_MS + LOOK_MS;

/** Until it may go, or `signal` says that there is no more time. */
export async function holdForQuorum(options: HoldOptions, signal: AbortSignal): Promise<void> {
  let hasSaid = false;
  let countedOn = false;
  while (!signal.aborted) {
    const others = await Promise.all(options.otherVoters().map((place) => standingOf(place, options)));
    const may = mayLeave(options.ordinal, others);
    if (may && (countedOn || mayLeave(options.ordinal, others.map(asIfGone)))) return;
    if (!may && !hasSaid) options.onHold(`group ${options.group} would lose its majority: waiting until another member is back`);
    hasSaid ||= !may;
    countedOn = may;
    await new Promise((resolve) => setTimeout(resolve, may ? DECIDED_MS : LOOK_MS));
  }
}

/** One that is about to go may be counted on only if it still is after a while: it may not have heard yet of whoever counts on it. */
function asIfGone(other: OtherVoter): OtherVoter {
  return other.standing?.leaves === true ? { ...other, standing: null } : other;
}

/** Pure. Of several that are about to go at once the lowest place goes first, and the others count on staying. */
export function mayLeave(ordinal: number, others: readonly OtherVoter[]): boolean {
  const majority = Math.floor((others.length + 1) / 2) + 1;
  if (others.length < majority) return true; // no waiting would help
  const present = others.filter(({ standing }) => standing?.serves === true);
  if (present.every(({ standing }) => standing?.leaves === true)) return true;
  const staying = present.filter((other) => other.standing?.leaves !== true || other.ordinal > ordinal);
  return staying.length >= majority;
}

async function standingOf({ ordinal, address }: Place, { asker, group }: HoldOptions): Promise<OtherVoter> {
  const outcome = await asker.ask({ address, question: STANDING_QUESTION, body: null, deadlineMs: ANSWER_MS });
  const standing = outcome.kind === "done" ? parseStanding(outcome.value) : null;
  return { ordinal, standing: standing?.group === group ? standing : null };
}
