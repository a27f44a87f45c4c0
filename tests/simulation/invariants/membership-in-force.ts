// The membership in force is the last one in the log, whether the log was written, truncated, replaced by a snapshot or
// found at a start; and it changes by one step at a time, each begun by a leader whose term has started and only when the
// step before is committed.
import { isJoint } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import type { Ledger } from "../world/ledger.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberStatus, MemberView } from "./invariant.ts";

export class MembershipInForce implements Invariant {
  readonly promise = "the last membership in the log is in force, and changes one step at a time";
  readonly #appendEntriesMax: number;
  readonly #ledgers = new Map<MemberId, Ledger>();
  readonly #seen = new WeakMap<MemberView, Membership>();

  constructor(appendEntriesMax: number) {
    this.#appendEntriesMax = appendEntriesMax;
  }

  recovered({ member, ledger }: MemberView): void {
    this.#ledgers.set(member, ledger);
  }

  turnEnded(view: MemberView, { raft }: MemberStatus): void {
    const { member, ledger } = view;
    const { membership } = ledger;
    if (membership === null) return;
    if (raft.membership.index !== membership.index) {
      breach(
        this,
        `${member} goes by the membership of entry ${raft.membership.index}; the last in its log is that of ${membership.index}`,
      );
    }
    const before = this.#seen.get(view);
    this.#seen.set(view, membership);
    const isOwn = raft.role === "leader" && membership.index > 0 && ledger.memory.termAt(membership.index) === raft.term;
    if (before === undefined || before === membership || !isOwn) return;
    this.#checkStep(view, { before: ledger.memberships.at(-2) ?? before, membership }, raft);
  }

  #checkStep(
    { member, ledger }: MemberView,
    { before, membership }: { readonly before: Membership; readonly membership: Membership },
    raft: MemberStatus["raft"],
  ): void {
    if (!raft.termStarted) breach(this, `${member} changes the membership at ${membership.index} before its term has started`);
    if (before.index > raft.commitIndex)
      breach(this, `${member} changes the membership at ${membership.index}; the one of ${before.index} is not committed`);
    if (isJoint(before) && isJoint(membership)) breach(this, `${member} begins a change at ${membership.index} within another`);
    const newcomers = membership.voters.filter((voter) => !before.voters.includes(voter));
    for (const newcomer of newcomers) {
      const reached = this.#ledgers.get(newcomer)?.lastDurableIndex ?? 0;
      const missing = ledger.memory.lastIndex - 1 - reached;
      if (missing > this.#appendEntriesMax) breach(this, `${member} makes ${newcomer} a voter, which lacks ${missing} entries`);
    }
  }
}
