// All promises that are watched while the world runs, and the one place that calls them.
import type { MemberId } from "../../../core/base/ids.ts";
import type { RecoveredGroup } from "../../../core/raft/inputs.ts";
import type { RequestId } from "../../../core/replica/events.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import type { LedgerWrite } from "../world/ledger.ts";
import { LogImage } from "../world/ledger.ts";
import { CommittedByAMajority } from "./committed-by-a-majority.ts";
import { CommittedIsForever } from "./committed-is-forever.ts";
import { DurableBeforeSent } from "./durable-before-sent.ts";
import { FairElections } from "./fair-elections.ts";
import { EverythingBounded } from "./everything-bounded.ts";
import type { Applied, Invariant, MemberStatus, MemberView } from "./invariant.ts";
import { LogIsWritten } from "./log-is-written.ts";
import { LogMatching } from "./log-matching.ts";
import { MembershipInForce } from "./membership-in-force.ts";
import { NothingDurableLost } from "./nothing-durable-lost.ts";
import { OfficesEnd } from "./offices-end.ts";
import { OneLeaderPerTerm } from "./one-leader-per-term.ts";
import { OneVotePerTerm } from "./one-vote-per-term.ts";
import { PointersInOrder } from "./pointers-in-order.ts";
import { ReadsSeeCommits } from "./reads-see-commits.ts";
import { SameState } from "./same-state.ts";

type Hook = Exclude<keyof Invariant, "promise">;
type With<H extends Hook> = Invariant & { readonly [K in H]-?: NonNullable<Invariant[K]> };

export type WatchOptions = { readonly electionTicks: number; readonly appendEntriesMax: number };

export class Watch {
  /** The log of all that is committed anywhere, by the first member to say so. */
  readonly committed = new LogImage();
  readonly sameState = new SameState();
  readonly invariants: readonly Invariant[];
  readonly #recovered: readonly With<"recovered">[];
  readonly #wrote: readonly With<"wrote">[];
  readonly #sent: readonly With<"sent">[];
  readonly #received: readonly With<"received">[];
  readonly #ticked: readonly With<"ticked">[];
  readonly #applied: readonly With<"applied">[];
  readonly #restored: readonly With<"restored">[];
  readonly #readAsked: readonly With<"readAsked">[];
  readonly #readAnswered: readonly With<"readAnswered">[];
  readonly #rebuilding: readonly With<"rebuilding">[];
  readonly #turnEnded: readonly With<"turnEnded">[];
  readonly #rolledBack: readonly With<"rolledBack">[];
  readonly #wiped: readonly With<"wiped">[];

  constructor({ electionTicks, appendEntriesMax }: WatchOptions) {
    this.invariants = [
      new OneLeaderPerTerm(),
      new FairElections(electionTicks),
      new OfficesEnd(electionTicks),
      new LogMatching(),
      new LogIsWritten(),
      new CommittedByAMajority(),
      new CommittedIsForever(this.committed),
      new MembershipInForce(appendEntriesMax),
      new PointersInOrder(),
      new OneVotePerTerm(),
      new DurableBeforeSent(),
      new NothingDurableLost(this.committed),
      new ReadsSeeCommits(this.committed),
      new EverythingBounded(),
      this.sameState,
    ];
    this.#recovered = this.#having("recovered");
    this.#wrote = this.#having("wrote");
    this.#sent = this.#having("sent");
    this.#received = this.#having("received");
    this.#ticked = this.#having("ticked");
    this.#applied = this.#having("applied");
    this.#restored = this.#having("restored");
    this.#readAsked = this.#having("readAsked");
    this.#readAnswered = this.#having("readAnswered");
    this.#rebuilding = this.#having("rebuilding");
    this.#turnEnded = this.#having("turnEnded");
    this.#rolledBack = this.#having("rolledBack");
    this.#wiped = this.#having("wiped");
  }

  recovered(view: MemberView, recovered: RecoveredGroup): void {
    for (const invariant of this.#recovered) invariant.recovered(view, recovered);
  }

  wrote(view: MemberView, write: LedgerWrite): void {
    for (const invariant of this.#wrote) invariant.wrote(view, write);
  }

  sent(view: MemberView, message: PeerMessage): void {
    for (const invariant of this.#sent) invariant.sent(view, message);
  }

  received(view: MemberView, message: PeerMessage): void {
    for (const invariant of this.#received) invariant.received(view, message);
  }

  ticked(view: MemberView): void {
    for (const invariant of this.#ticked) invariant.ticked(view);
  }

  applied(view: MemberView, applied: Applied): void {
    for (const invariant of this.#applied) invariant.applied(view, applied);
  }

  restored(view: MemberView, index: number): void {
    for (const invariant of this.#restored) invariant.restored(view, index);
  }

  readAsked(view: MemberView, request: RequestId): void {
    for (const invariant of this.#readAsked) invariant.readAsked(view, request);
  }

  readAnswered(view: MemberView, request: RequestId, index: number | null): void {
    for (const invariant of this.#readAnswered) invariant.readAnswered(view, request, index);
  }

  rebuilding(view: MemberView): void {
    for (const invariant of this.#rebuilding) invariant.rebuilding(view);
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
