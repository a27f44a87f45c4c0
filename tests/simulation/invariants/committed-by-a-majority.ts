// A leader calls committed only what the disks of a majority hold: of the voters, and in a joint phase of each half.
// Learners count for nothing, and the leader's own memory counts for nothing either. And it counts only up to an entry of
// its own term: an older one on a majority of disks may still have to give way (Raft §5.4.2).
import type { MemberId } from "../../../core/base/ids.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { Ledger, LedgerWrite } from "../world/ledger.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberStatus, MemberView } from "./invariant.ts";

type Known = { committed: number; membershipsBefore: number; ledTerm: number | null };

export class CommittedByAMajority implements Invariant {
  readonly promise = "what is committed is on the disks of a majority";
  readonly #ledgers = new Map<MemberId, Ledger>();
  readonly #gone = new Set<MemberId>();
  readonly #known = new WeakMap<MemberView, Known>();

  recovered(view: MemberView): void {
    this.#ledgers.set(view.member, view.ledger);
  }

  wiped(member: MemberId): void {
    this.#gone.add(member);
  }

  wrote(view: MemberView, { added, truncateFrom, restartAfter }: LedgerWrite): void {
    // Nothing was appended: the membership in force did not change by this turn.
    if (added.length === 0 && truncateFrom === null && restartAfter === null) return;
    this.#of(view);
  }

  turnEnded(view: MemberView, { raft }: MemberStatus): void {
    const known = this.#of(view);
    const { memberships } = view.ledger;
    if (raft.role === "leader" && raft.commitIndex > known.committed) {
      // The change may have been appended in the same turn, before or after the commit.
      const term = view.ledger.memory.termAt(raft.commitIndex);
      if (known.ledTerm === raft.term && term !== raft.term) {
        breach(this, `${view.member} leads term ${raft.term} and commits by an entry of term ${term}, ${raft.commitIndex}`);
      }
      const inForce = memberships.filter((membership) => membership.index >= known.membershipsBefore);
      if (!inForce.some((membership) => this.#isHeld(membership, raft.commitIndex, view))) {
        breach(this, `${view.member} says that ${raft.commitIndex} is committed, which too few disks hold`);
      }
    }
    known.ledTerm = raft.role === "leader" ? raft.term : null;
    known.committed = raft.commitIndex;
    known.membershipsBefore = memberships.at(-1)?.index ?? 0;
  }

  #isHeld({ voters, outgoing }: Membership, index: number, { ledger }: MemberView): boolean {
    const term = ledger.memory.termAt(index);
    const holds = (member: MemberId): boolean => this.#gone.has(member) || this.#ledgers.get(member)?.holds(index, term) === true;
    const isMajority = (members: readonly MemberId[]): boolean => 2 * members.filter(holds).length > members.length;
    return isMajority(voters) && (outgoing.length === 0 || isMajority(outgoing));
  }

  #of(view: MemberView): Known {
    let known = this.#known.get(view);
    if (known === undefined) {
      known = { committed: 0, membershipsBefore: 0, ledTerm: null };
      this.#known.set(view, known);
    }
    return known;
  }
}
