// What a member had at which index, and what its peers say that they had there. All record theirs at the same indexes, because
// it is log time that says where: at the first entry of every second. A group that nobody writes to has no such entry, but
// all of its members come to the same last one, so that counts as well.
import type { LogIndex, MemberId } from "../../base/ids.ts";
import type { Membership } from "../../raft/membership.ts";
import type { IndexDigest } from "../peer-message.ts";
import { compare } from "./comparison.ts";
import type { Verdict } from "./comparison.ts";

const SECOND_MS = 1_000;
/** A member that is further behind than this many seconds of log time is compared once it has caught up. */
const KEPT_MAX = 64;
/** Of one message. */
export const DIGESTS_MAX = 16;

export type Judged = { readonly index: LogIndex; readonly verdict: Verdict };

/** Whether the entry between these two moments of log time is the first of its second. */
export function isCheckpoint(beforeMs: number, afterMs: number): boolean {
  return Math.floor(beforeMs / SECOND_MS) !== Math.floor(afterMs / SECOND_MS);
}

export class Checkpoints {
  readonly #own = new Map<LogIndex, string>();
  readonly #reports = new Map<MemberId, ReadonlyMap<LogIndex, string>>();
  /** Up to here a majority had the same as this member. */
  #agreedUpTo = 0;

  /** In order of the indexes. */
  record(index: LogIndex, digest: string): void {
    // Nothing was applied in between, and still it is not what it was.
    if (this.#own.has(index) && this.#own.get(index) !== digest) this.#agreedUpTo = Math.min(this.#agreedUpTo, index - 1);
    this.#own.set(index, digest);
    for (const oldest of this.#own.keys()) {
      if (this.#own.size <= KEPT_MAX) break;
      this.#own.delete(oldest);
    }
  }

  /** For the peers: the newest ones. */
  get newest(): readonly IndexDigest[] {
    return [...this.#own].slice(-DIGESTS_MAX).map(([index, digest]) => ({ index, digest }));
  }

  /** In the place of everything that this peer has said before. */
  report(peer: MemberId, digests: readonly IndexDigest[]): void {
    this.#reports.set(peer, new Map(digests.map(({ index, digest }) => [index, digest])));
  }

  keepReportsOf(members: readonly MemberId[]): void {
    for (const peer of this.#reports.keys()) if (!members.includes(peer)) this.#reports.delete(peer);
  }

  /** The state is another one from now on: what is known of the old one counts no more, and neither does what was said of it. */
  forget(): void {
    this.#own.clear();
    this.#reports.clear();
    this.#agreedUpTo = 0;
  }

  /** What is to be said of each index that was not agreed on yet. */
  judge(membership: Membership, self: MemberId): readonly Judged[] {
    const judged: Judged[] = [];
    for (const [index, own] of this.#own) {
      if (index <= this.#agreedUpTo) continue;
      const verdict = compare({ membership, self, own, digestOf: (peer) => this.#reports.get(peer)?.get(index) });
      judged.push({ index, verdict });
    }
    const agreed = judged.filter(({ verdict }) => verdict === "agrees").at(-1);
    // Not beyond one where this member was not agreed with.
    if (judged.every(({ verdict }) => verdict === "agrees" || verdict === "open")) this.#agreedUpTo = agreed?.index ?? this.#agreedUpTo;
    return judged;
  }
}
