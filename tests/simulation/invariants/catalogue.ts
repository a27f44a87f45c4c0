// All promises that are watched while the world runs, and the one place that calls them.
import type { MemberId } from "../../../core/base/ids.ts";
import type { RecoveredGroup } from "../../../core/raft/inputs.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import type { LedgerWrite } from "../world/ledger.ts";
import { LogImage } from "../world/ledger.ts";
import { CommittedByAMajority } from "./committed-by-a-majority.ts";
import { CommittedIsForever } from "./committed-is-forever.ts";
import { DurableBeforeSent } from "./durable-before-sent.ts";
import { EverythingBounded } from "./everything-bounded.ts";
import type { Applied, Invariant, MemberStatus, MemberView } from "./invariant.ts";
import { LogMatching } from "./log-matching.ts";
import { NothingDurableLost } from "./nothing-durable-lost.ts";
import { OneLeaderPerTerm } from "./one-leader-per-term.ts";
import { OneVotePerTerm } from "./one-vote-per-term.ts";
import { PointersInOrder } from "./pointers-in-order.ts";
import { SameState } from "./same-state.ts";

type Hook = Exclude<keyof Invariant, "promise">;
type With<H extends Hook> = Invariant & { readonly [K in H]-?: NonNullable<Invariant[K]> };

export class Watch {
  /** The log of all that is committed anywhere, by the first member to say so. */
  readonly committed = new LogImage();
  readonly sameState = new SameState();
  readonly invariants: readonly Invariant[] = [
    new OneLeaderPerTerm(),
    new LogMatching(),
    new CommittedIsForever(this.committed),
    new CommittedByAMajority(),
    new PointersInOrder(),
    new OneVotePerTerm(),
    new DurableBeforeSent(),
    new NothingDurableLost(this.committed),
    new EverythingBounded(),
    this.sameState,
  ];
  readonly #recovered = this.#having("recovered");
  readonly #wrote = this.#having("wrote");
  readonly #sent = this.#having("sent");
  readonly #applied = this.#having("applied");
  readonly #restored = this.#having("restored");
  readonly #turnEnded = this.#having("turnEnded");
  readonly #rolledBack = this.#having("rolledBack");
  readonly #wiped = this.#having("wiped");

  recovered(view: MemberView, recovered: RecoveredGroup): void {
    for (const invariant of this.#recovered) invariant.recovered(view, recovered);
  }

  wrote(view: MemberView, write: LedgerWrite): void {
    for (const invariant of this.#wrote) invariant.wrote(view, write);
  }

  sent(view: MemberView, message: PeerMessage): void {
    for (const invariant of this.#sent) invariant.sent(view, message);
  }

  applied(view: MemberView, applied: Applied): void {
    for (const invariant of this.#applied) invariant.applied(view, applied);
  }

  restored(view: MemberView, index: number): void {
    for (const invariant of this.#restored) invariant.restored(view, index);
  }

  turnEnded(view: MemberView, status: MemberStatus): void {
    for (const invariant of this.#turnEnded) invariant.turnEnded(view, status);
  }

  rolledBack(member: MemberId): void {
    for (const invariant of this.#rolledBack) invariant.rolledBack(member);
  }

  wiped(member: MemberId): void {
    for (const invariant of this.#wiped) invariant.wiped(member);
  }

  #having<H extends Hook>(hook: H): readonly With<H>[] {
    return this.invariants.filter((invariant): invariant is With<H> => invariant[hook] !== undefined);
  }
}
