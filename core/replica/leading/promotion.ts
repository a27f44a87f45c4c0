// When a learner may become a voter. It has caught up if it gets, within one election timeout, everything that the log
// held at the beginning of that time (thesis §4.2.1): then it is no further behind than any follower, and counting on it
// makes nobody wait.
import type { LogIndex, MemberId } from "../../base/ids.ts";
import type { RaftStatus } from "../../raft/inputs.ts";
import { isClosed, isJoint } from "../../raft/membership.ts";

export const ROUND_MS_MAX = 300;

type Round = { readonly target: LogIndex; readonly startedMs: number };

export class Promotion {
  readonly #rounds = new Map<MemberId, Round>();

  startLeading(): void {
    this.#rounds.clear();
  }

  /** The learner whose turn it is, if any; asked again and again. */
  candidate(status: RaftStatus, nowMs: number): MemberId | null {
    const { learners, places } = status.membership;
    for (const member of this.#rounds.keys()) if (!learners.includes(member)) this.#rounds.delete(member);
    if (isJoint(status.membership)) return null;
    // Who is not to vote must not keep those behind it from it.
    const mayVote = (learner: MemberId): boolean => !isClosed(status.membership, places[learner] ?? { ordinal: 0 });
    return learners.find((learner) => mayVote(learner) && this.#hasCaughtUp(learner, status, nowMs)) ?? null;
  }

  #hasCaughtUp(learner: MemberId, { followers, lastIndex }: RaftStatus, nowMs: number): boolean {
    const follower = followers.find(({ member }) => member === learner);
    const round = this.#rounds.get(learner);
    // Where nobody writes, one that has gone meanwhile has everything, too; a small group would lose its majority by counting on it.
    if (follower?.recentlyActive !== true) return false;
    if (round !== undefined && follower.matchIndex < round.target) return false;
    // What it had reached by the end of a round that took too long is where the next one begins.
    this.#rounds.set(learner, { target: lastIndex, startedMs: nowMs });
    return round !== undefined && nowMs - round.startedMs <= ROUND_MS_MAX && follower.state === "replicate";
  }
}
