// An office ends in time: a leader that no majority answers steps down, one that was removed leaves, and a hand-over that
// comes to nothing is over after one election timeout, so that proposals are taken again.
import type { MemberId } from "../../../core/base/ids.ts";
import { isVoter } from "../../../core/raft/membership.ts";
import type { RaftStatus } from "../../../core/raft/inputs.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberStatus, MemberView } from "./invariant.ts";

type Office = {
  term: number;
  membershipIndex: number;
  ticks: number;
  readonly heardAt: Map<MemberId, number>;
  handingOverTo: MemberId | null;
  handingOverSince: number;
  removedSince: number | null;
};

const HAND_OVERS_OF_A_REMOVED_LEADER = 20;

export class OfficesEnd implements Invariant {
  readonly promise = "an office ends in time";
  readonly #electionTicks: number;
  readonly #offices = new WeakMap<MemberView, Office>();

  constructor(electionTicks: number) {
    this.#electionTicks = electionTicks;
  }

  ticked(view: MemberView): void {
    const office = this.#offices.get(view);
    if (office !== undefined) office.ticks++;
  }

  received(view: MemberView, { body }: PeerMessage): void {
    if (body.kind !== "raft" || (body.message.kind !== "appendReply" && body.message.kind !== "snapshotReply")) return;
    const office = this.#offices.get(view);
    if (office?.term === body.message.term) office.heardAt.set(body.message.from, office.ticks);
  }

  turnEnded(view: MemberView, { raft }: MemberStatus): void {
    if (raft.role !== "leader") {
      this.#offices.delete(view);
      return;
    }
    let office = this.#offices.get(view);
    if (office?.term !== raft.term) {
      office = {
        term: raft.term,
        membershipIndex: 0,
        ticks: 0,
        heardAt: new Map(),
        handingOverTo: null,
        handingOverSince: 0,
        removedSince: null,
      };
      this.#offices.set(view, office);
    }
    this.#checkQuorum(view, office, raft);
    this.#checkRemoval(view, office, raft);
    this.#checkHandOver(view, office, raft);
  }

  #checkQuorum({ member }: MemberView, office: Office, { membership }: RaftStatus): void {
    const { ticks, heardAt } = office;
    if (membership.index !== office.membershipIndex) {
      // A change may ask for a majority of others: they get their time from now.
      for (const each of [...membership.voters, ...membership.outgoing]) heardAt.set(each, ticks);
      office.membershipIndex = membership.index;
    }
    const silentMax = 3 * this.#electionTicks + 2;
    if (ticks <= silentMax) return;
    const isHeard = (other: MemberId): boolean => other === member || ticks - (heardAt.get(other) ?? 0) <= silentMax;
    const hasMajority = (members: readonly MemberId[]): boolean => 2 * members.filter(isHeard).length > members.length;
    if (hasMajority(membership.voters) && (membership.outgoing.length === 0 || hasMajority(membership.outgoing))) return;
    breach(this, `${member} leads on, and no majority has answered for ${silentMax} ticks`);
  }

  #checkHandOver({ member }: MemberView, office: Office, { transferringTo }: RaftStatus): void {
    if (transferringTo !== office.handingOverTo || transferringTo === null) {
      office.handingOverTo = transferringTo;
      office.handingOverSince = office.ticks;
      return;
    }
    // A leader that was removed begins the next one in the very moment in which one has failed.
    const handOversMax = office.removedSince === null ? 3 : HAND_OVERS_OF_A_REMOVED_LEADER;
    const ticks = office.ticks - office.handingOverSince;
    if (ticks > handOversMax * this.#electionTicks + 2)
      breach(this, `${member} has been handing over to ${transferringTo} for ${ticks} ticks`);
  }

  #checkRemoval({ member }: MemberView, office: Office, { membership, commitIndex }: RaftStatus): void {
    const isRemoved = membership.index <= commitIndex && !isVoter(membership, member);
    if (!isRemoved) office.removedSince = null;
    else office.removedSince ??= office.ticks;
    const ticks = office.removedSince === null ? 0 : office.ticks - office.removedSince;
    if (ticks > HAND_OVERS_OF_A_REMOVED_LEADER * this.#electionTicks) breach(this, `${member} was removed ${ticks} ticks ago and leads on`);
  }
}
