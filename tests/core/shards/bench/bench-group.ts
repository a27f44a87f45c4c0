// A group of the bench: one log that all its members agree on, and members that apply it each at its own pace, restart from
// snapshots, and take turns at leading. How a log is agreed on is tested elsewhere; what is real here is everything above:
// the applied state with its sessions, the sharded machine, the mover.
import type { GroupId } from "../../../../core/base/ids.ts";
import { asTerm } from "../../../../core/base/ids.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import { refused, unknown } from "../../../../core/base/outcome.ts";
import type { Random } from "../../../../core/base/random.ts";
import { LOG_ORIGIN } from "../../../../core/raft/entry.ts";
import type { Entry } from "../../../../core/raft/entry.ts";
import { AppliedState } from "../../../../core/replica/applied/applied-state.ts";
import type { CompanionEffect } from "../../../../core/replica/companion.ts";
import { EffectQueue } from "../../../../core/replica/effect-queue.ts";
import type { Session } from "../../../../core/replica/events.ts";
import { ContentRestoration, SnapshotContent } from "../../../../core/replica/snapshots/snapshot-content.ts";
import { Mover } from "../../../../core/shards/mover/mover.ts";
import type { OwnConfiguration } from "../../../../core/shards/mover/following.ts";
import { ShardedStateMachine } from "../../../../core/shards/sharded-state-machine.ts";
import { commandEntry } from "../../replica/entries.ts";
import { bytesOf } from "../../replica/snapshots/slices.ts";

export type Reply = (outcome: Outcome<Uint8Array>) => void;

type Proposal = { readonly command: Uint8Array; readonly session: Session | null; readonly reply: Reply };

export type GroupOptions = {
  readonly id: GroupId;
  readonly random: Random;
  readonly members: number;
  readonly own: OwnConfiguration;
  readonly changesMax: number;
  /** By how much this group's log time differs from the others'. */
  readonly skewMs: number;
  /** Where questions of its leader go. */
  readonly ask: (member: BenchMember, effect: Extract<CompanionEffect, { readonly kind: "ask" }>) => void;
};

export class BenchMember {
  readonly group: BenchGroup;
  machine: ShardedStateMachine;
  applied: AppliedState;
  mover: Mover;
  /** Counts lives: what was asked in an earlier one is nobody's. */
  life = 0;
  snapshot: { readonly index: number; readonly bytes: Uint8Array } | null = null;
  waiting: { readonly index: number; readonly id: number }[] = [];
  /** Reads that must see everything up to an entry. */
  reads: { readonly index: number; readonly query: Uint8Array; readonly reply: Reply }[] = [];

  constructor(group: BenchGroup) {
    this.group = group;
    this.machine = group.createMachine();
    this.applied = appliedState(this.machine);
    this.mover = group.createMover(this.machine);
  }

  get index(): number {
    return this.applied.index;
  }

  /** A new life from the latest snapshot, or from nothing. */
  restart(): void {
    this.life++;
    this.machine = this.group.createMachine();
    this.applied = appliedState(this.machine);
    this.mover = this.group.createMover(this.machine);
    this.waiting = [];
    this.reads = [];
    if (this.snapshot !== null) this.#restore(this.snapshot);
  }

  takeSnapshot(sliceBytes: number): void {
    this.snapshot = { index: this.index, bytes: bytesOf(new SnapshotContent(this.applied), sliceBytes) };
  }

  applyUpTo(index: number): void {
    while (this.index < index) {
      const entry = this.group.log[this.index] as Entry;
      const outcome = this.applied.apply(entry);
      this.group.compare(this);
      const ended = this.waiting.filter((each) => each.index === this.index);
      this.waiting = this.waiting.filter((each) => each.index !== this.index);
      for (const { id } of ended) this.group.perform(this, this.mover.step({ kind: "proposalEnded", id, outcome }));
    }
  }

  /** What it has applied by now may be more than what must be seen. */
  serveReads(): void {
    const ready = this.reads.filter(({ index }) => index <= this.index);
    this.reads = this.reads.filter(({ index }) => index > this.index);
    for (const { query, reply } of ready) reply(this.machine.query(query));
  }

  #restore({ index, bytes }: { readonly index: number; readonly bytes: Uint8Array }): void {
    const restoration = new ContentRestoration(this.machine);
    const entry = this.group.log[index - 1];
    const restored = restoration.write(bytes) ? restoration.finish(entry ?? LOG_ORIGIN) : null;
    if (restored === null)
      throw new Error(
        `a snapshot of group ${this.group.id} can't be restored: ${this.group.digestAt(index)} and now ${this.machine.digest()}`,
      );
    this.applied.replace(restored);
  }
}

function appliedState(machine: ShardedStateMachine): AppliedState {
  return new AppliedState({ machine, effects: new EffectQueue(), base: LOG_ORIGIN });
}

export class BenchGroup {
  readonly options: GroupOptions;
  readonly log: Entry[] = [];
  readonly members: readonly BenchMember[];
  /** Applies every entry at once: what is committed. */
  readonly witness: BenchMember;
  leader = 0;
  term = 1;
  hasMajority = true;
  nowMs = 0;
  #proposals: Proposal[] = [];
  readonly #digests = new Map<number, string>();

  constructor(options: GroupOptions) {
    this.options = options;
    this.witness = new BenchMember(this);
    this.members = Array.from({ length: options.members }, () => new BenchMember(this));
  }

  get id(): GroupId {
    return this.options.id;
  }

  createMachine(): ShardedStateMachine {
    const { id: group, changesMax } = this.options;
    return new ShardedStateMachine({ group, limits: { sessionsMax: 1_000, openSerialsMax: 16, answerBytesMax: 1_000_000 }, changesMax });
  }

  createMover(machine: ShardedStateMachine): Mover {
    return new Mover({ machine, own: this.options.own });
  }

  get leading(): BenchMember {
    return this.members[this.leader] as BenchMember;
  }

  propose(command: Uint8Array, session: Session | null, reply: Reply): void {
    this.#proposals.push({ command, session, reply });
  }

  /** Of a member, which was told by a majority what is committed now. */
  read(member: BenchMember, query: Uint8Array, reply: Reply): void {
    if (this.hasMajority) member.reads.push({ index: this.log.length, query, reply });
  }

  /** All of its members at once, from what their disks have; what was only proposed is gone. */
  restartAll(): void {
    this.#proposals = [];
    for (const member of this.members) member.restart();
    this.changeLeader();
  }

  /** As after `group recover`: one disk was left, with the log up to an entry; all others, and all that came later, are gone. */
  recover(index: number): void {
    this.log.length = index;
    for (const known of this.#digests.keys()) if (known > index) this.#digests.delete(known);
    for (const member of [this.witness, ...this.members]) if ((member.snapshot?.index ?? 0) > index) member.snapshot = null;
    this.witness.restart();
    this.witness.applyUpTo(index);
    this.restartAll();
  }

  /** Some of what was proposed is committed, in any order; where there are faults some of it never is, and nobody learns which. */
  commit(lossOf: () => boolean): void {
    if (!this.hasMajority) return;
    const { random } = this.options;
    const waiting = random.shuffled(this.#proposals);
    this.#proposals = [];
    for (const proposal of waiting) {
      if (random.chance(0.3)) this.#proposals.push(proposal);
      else if (lossOf()) proposal.reply(unknown("leadershipLost"));
      else this.#append(proposal, lossOf);
    }
    const deadline = this.leading.machine.nextDeadline();
    if (deadline !== null && deadline.atMs <= this.stampMs) this.#append({ ...deadline, session: null, reply: () => undefined }, lossOf);
  }

  get stampMs(): number {
    return Math.max(this.witness.applied.lastStampMs, this.nowMs + this.options.skewMs);
  }

  tick(): void {
    this.members.forEach((member, i) => {
      const isLeading = i === this.leader && this.hasMajority;
      this.perform(member, member.mover.step({ kind: "tick", nowMs: this.nowMs, isLeading, term: asTerm(this.term) }));
    });
  }

  /** Another member leads, after it has applied everything that was committed before. */
  changeLeader(): void {
    this.term++;
    this.leader = (this.leader + 1) % this.members.length;
    this.leading.applyUpTo(this.log.length);
  }

  perform(member: BenchMember, effects: readonly CompanionEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "ask") this.options.ask(member, effect);
      else this.#proposeFor(member, effect);
    }
  }

  /** Members that applied the same are the same. */
  compare(member: BenchMember): void {
    const { applied, machine, index } = member;
    const digest = `${applied.digest.toString()} ${machine.digest()}`;
    const known = this.#digests.get(index) ?? digest;
    if (known !== digest) throw new Error(`members of group ${this.id} differ at ${String(index)}: ${known} and ${digest}`);
    this.#digests.set(index, digest);
  }

  digestAt(index: number): string {
    return this.#digests.get(index) ?? "nothing";
  }

  #proposeFor(member: BenchMember, { id, command }: Extract<CompanionEffect, { readonly kind: "propose" }>): void {
    const { life } = member;
    this.#proposals.push({
      command,
      session: null,
      reply: (outcome) => {
        if (member.life !== life) return;
        if (outcome.kind === "done" || outcome.kind === "refused") member.waiting.push({ index: this.log.length, id });
        else this.perform(member, member.mover.step({ kind: "proposalEnded", id, outcome }));
      },
    });
  }

  #append({ command, session, reply }: Proposal, lossOf: () => boolean): void {
    this.log.push(commandEntry(command, { index: this.log.length + 1, stampMs: this.stampMs, session }));
    const outcome = this.witness.applied.apply(this.log.at(-1) as Entry);
    this.compare(this.witness);
    reply(session !== null && lossOf() ? unknown("leadershipLost") : outcome);
  }
}

export const NOT_LEADER = refused("notLeader", "asked of a group without a majority");
