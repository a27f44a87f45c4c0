// The parts of a replica, and the few facts that belong to none of them. The rules that join the parts are in the files
// beside this one; none of those keeps anything of its own.
import type { Outcome } from "../base/outcome.ts";
import { refused } from "../base/outcome.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { Raft } from "../raft/raft.ts";
import type { Entry, LogBase } from "../raft/entry.ts";
import type { RaftStatus } from "../raft/inputs.ts";
import type { Membership } from "../raft/membership.ts";
import type { SnapshotMeta } from "../raft/snapshot-meta.ts";
import { AppliedState } from "./applied/applied-state.ts";
import { EnvelopeEncoder } from "./applied/command-envelope.ts";
import { EffectQueue } from "./effect-queue.ts";
import type { StopReason } from "./effects.ts";
import { CompanionDesk } from "./leading/companion-desk.ts";
import { DueEntry } from "./leading/deadlines.ts";
import { HandingOver } from "./leading/handing-over.ts";
import { LogClock } from "./leading/log-clock.ts";
import { Promotion } from "./leading/promotion.ts";
import { VersionAgreement } from "./leading/versions.ts";
import type { LocalTime } from "./local-time.ts";
import type { ReplicaOptions } from "./options.ts";
import { Introductions } from "./peers/introductions.ts";
import { OutgoingMail } from "./peers/outgoing-mail.ts";
import { PeerDoor } from "./peers/peer-door.ts";
import { PeerTable } from "./peers/peer-table.ts";
import { PendingReads } from "./pending-reads.ts";
import { PendingRequests } from "./pending-requests.ts";
import { OwnSnapshots } from "./snapshots/own-snapshots.ts";
import { SnapshotContent } from "./snapshots/snapshot-content.ts";
import type { ContentRestoration } from "./snapshots/snapshot-content.ts";
import { Watch } from "./watching/watch.ts";

/** While this lasts nothing is applied and nobody is served. */
export type Restoring = {
  readonly snapshot: SnapshotMeta;
  readonly content: ContentRestoration;
  /** Committed behind the snapshot, to be applied once it is restored. */
  readonly held: Entry[];
};

/** What was there before the first entry, as a snapshot would have it. */
export type Beginning = { readonly bytes: Uint8Array; readonly base: LogBase };

export class ReplicaState {
  readonly options: ReplicaOptions;
  readonly now: LocalTime = { monotonicMs: 0, wallMs: 0 };
  readonly effects = new EffectQueue();
  readonly raft: Raft;
  readonly applied: AppliedState;
  readonly requests: PendingRequests;
  readonly reads: PendingReads;
  readonly peers: PeerTable;
  readonly mail: OutgoingMail;
  readonly door: PeerDoor;
  readonly introductions: Introductions;
  readonly clock: LogClock;
  readonly versions: VersionAgreement;
  readonly envelopes = new EnvelopeEncoder();
  readonly promotion = new Promotion();
  readonly handingOver = new HandingOver();
  readonly snapshots: OwnSnapshots;
  readonly due = new DueEntry();
  readonly desk: CompanionDesk;
  readonly watch = new Watch();
  /** Null where the log does not reach back so far: then there is a snapshot. */
  readonly beginning: Beginning | null;
  restoring: Restoring | null = null;
  /** The newest snapshot that a peer has brought, as long as this member has not applied as much. */
  received: SnapshotMeta | null = null;
  /** As the consensus last reported it; what is proposed in between is refused there. */
  isLeading = false;
  /** As of the applied entries: nothing of it can be taken back. */
  membership: Membership;
  isDiskShort = false;
  isRememberingLives = false;
  /** When the host asked this member to stop; null until then. */
  stoppingSinceMs: number | null = null;
  hasStopped = false;
  isServing = false;
  clientsIssued = 0;
  ticks = 0;
  #status: RaftStatus | null = null;

  constructor(options: ReplicaOptions) {
    this.options = options;
    const { identity, recovered, limits, version, unaskedVersion: unasked = version } = options;
    const { self, boot } = identity;
    const { effects, now } = this;
    this.raft = new Raft({ self, random: options.random, timing: options.timing, limits: options.raftLimits }, recovered);
    this.applied = new AppliedState({ machine: options.machine, effects, base: recovered.base });
    this.beginning = recovered.snapshot === null ? beginningOf(this.applied) : null;
    this.requests = new PendingRequests(effects);
    this.reads = new PendingReads({ boot, retryMs: limits.readRetryMs, effects });
    this.peers = new PeerTable(options.bootsSeen, { boot, earlierLives: options.earlierLives });
    this.mail = new OutgoingMail({ identity, version, now, peers: this.peers, effects });
    this.door = new PeerDoor({ identity, peers: this.peers, mail: this.mail, now, effects });
    this.introductions = new Introductions({ self, peers: this.peers, mail: this.mail });
    this.clock = new LogClock({ self, now, peers: this.peers });
    this.versions = new VersionAgreement({ member: self, version, unasked }, this.peers);
    this.snapshots = new OwnSnapshots({ identity, limits, effects });
    this.desk = new CompanionDesk(options.companion ?? null);
    this.membership = recovered.membership;
    this.door.membershipChanged(this.membership);
  }

  get self(): ReplicaOptions["identity"]["self"] {
    return this.options.identity.self;
  }

  /** Put together once a turn: whoever reads it may be told what was so at the turn's beginning. */
  get status(): RaftStatus {
    this.#status ??= this.raft.status();
    return this.#status;
  }

  /** Since `shutdown`, so long that requests which are still waiting get no more time. */
  get isGraceOver(): boolean {
    return this.stoppingSinceMs !== null && this.now.monotonicMs - this.stoppingSinceMs >= this.options.limits.shutdownGraceMs;
  }

  /** Of a command that a leader could propose; null: nothing stands against it. A version that it needs is raised if it can be. */
  whyNotPropose(command: Uint8Array): Outcome<never> | null {
    const { machine } = this.options;
    if (!this.isLeading) return refused("notLeader", "this member does not lead");
    if (this.isDiskShort && machine.grows(command)) return refused("diskFull", "the disk is short of space; deletes are still taken");
    const tooMuch = machine.whyTooMuch?.(command) ?? null;
    if (tooMuch !== null) return refused("badRequest", tooMuch);
    const needed = machine.versionOf(command);
    const { groupVersion } = this.applied;
    if (needed <= groupVersion) return null;
    this.versions.ask(needed);
    return refused(
      "upgrading",
      `this needs version ${String(needed)}; the group is at ${String(groupVersion)}${this.#whoIsBehind(needed)}`,
    );
  }

  #whoIsBehind(version: number): string {
    const behind = this.versions.whoIsBehind(this.membership, version);
    return behind.length === 0 ? ", and is being raised" : `, and not known to know it: ${behind.join(", ")}`;
  }

  forgetStatus(): void {
    this.#status = null;
  }

  stop(reason: StopReason, message: string): void {
    if (this.hasStopped) return;
    this.hasStopped = true;
    this.effects.push({ kind: "stop", reason, message });
  }
}

function beginningOf(applied: AppliedState): Beginning {
  const [content, whole] = [new SnapshotContent(applied), new ByteWriter()];
  while (content.next(whole, Infinity));
  return { bytes: whole.finish(), base: applied.base };
}
