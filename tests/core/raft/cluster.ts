// A small in-memory group for the tests of core/raft: every member is a real Raft, the disk confirms when told to, and
// messages lie in a list until they are delivered or dropped. No time, no bytes; the simulator has those.
import { asMember, asTerm } from "../../../core/base/ids.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { Entry } from "../../../core/raft/entry.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import type { RaftLimits, RecoveredGroup } from "../../../core/raft/inputs.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { Message } from "../../../core/raft/messages.ts";
import { Raft } from "../../../core/raft/raft.ts";
import type { HardState, Persist, RaftObservation, ReadAnswer, Ready } from "../../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";

export type MemberUnderTest = {
  raft: Raft;
  /** What the disk holds: only this survives a crash. */
  disk: { hardState: HardState; entries: Entry[]; snapshot: SnapshotMeta | null };
  waitingWrites: Persist[];
  heldMessages: { readonly batch: number; readonly messages: readonly Message[] }[];
  diskPaused: boolean;
  applied: Entry[];
  reads: ReadAnswer[];
  observations: RaftObservation[];
};

export class TestCluster {
  readonly members = new Map<MemberId, MemberUnderTest>();
  readonly network: Message[] = [];
  readonly #founding: RecoveredGroup["membership"];
  readonly #limits: RaftLimits;
  readonly #seed: number;

  constructor(options: { readonly size: number; readonly seed?: number; readonly limits?: Partial<RaftLimits>; readonly spare?: number }) {
    const names = Array.from({ length: options.size }, (_, i) => asMember(`n${String(i + 1)}`));
    this.#founding = foundingMembership(names.map((member, ordinal) => ({ member, place: { ordinal, address: member } })));
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#seed = options.seed ?? 1;
    const spares = Array.from({ length: options.spare ?? 0 }, (_, i) => asMember(`n${String(options.size + i + 1)}`));
    for (const name of [...names, ...spares])
      this.members.set(name, this.#boot(name, { hardState: { term: asTerm(0), vote: null }, entries: [], snapshot: null }));
  }

  at(name: string): MemberUnderTest {
    const member = this.members.get(asMember(name));
    if (member === undefined) throw new Error(`no member ${name}`);
    return member;
  }

  raft(name: string): Raft {
    return this.at(name).raft;
  }

  /** Ticks one member until it stands for election; nothing is delivered. */
  campaign(name: string): void {
    for (let i = 0; i < 100 && this.raft(name).status().role === "follower"; i++) this.tick(name);
  }

  tick(name: string): void {
    this.raft(name).tick();
    this.work(name);
  }

  tickAll(times = 1): void {
    for (let i = 0; i < times; i++) {
      for (const name of this.members.keys()) this.tick(name);
      this.deliverAll();
    }
  }

  propose(name: string, text: string): ReturnType<Raft["propose"]> {
    const result = this.raft(name).propose({ kind: "command", version: 1, body: utf8(text) });
    this.work(name);
    return result;
  }

  /** Takes everything that is ready at a member, writes its disk unless paused, and puts messages on the network. */
  work(name: string): Ready[] {
    const member = this.at(name);
    const taken: Ready[] = [];
    do {
      const ready = member.raft.takeReady();
      taken.push(ready);
      this.#execute(member, ready);
    } while (member.raft.hasReady());
    return taken;
  }

  resumeDisk(name: string): void {
    const member = this.at(name);
    member.diskPaused = false;
    this.#write(member);
    this.work(name);
  }

  crash(name: string): void {
    const member = this.at(name);
    this.members.set(asMember(name), this.#boot(asMember(name), member.disk));
  }

  deliver(choose: (message: Message) => boolean = () => true): number {
    const chosen = this.network.filter(choose);
    for (const message of chosen) this.network.splice(this.network.indexOf(message), 1);
    for (const message of chosen) {
      this.raft(message.to).receive(message);
      this.work(message.to);
    }
    return chosen.length;
  }

  /** Until nothing is under way any more. */
  deliverAll(choose: (message: Message) => boolean = () => true): void {
    for (let i = 0; i < 1_000 && this.deliver(choose) > 0; i++);
    this.network.length = 0;
  }

  drop(choose: (message: Message) => boolean): void {
    for (const message of this.network.filter(choose)) this.network.splice(this.network.indexOf(message), 1);
  }

  elect(name: string): void {
    this.campaign(name);
    this.deliverAll();
    for (let i = 0; i < 3 && this.raft(name).status().role !== "leader"; i++) {
      this.tick(name);
      this.deliverAll();
    }
    if (this.raft(name).status().role !== "leader") throw new Error(`${name} was not elected`);
  }

  texts(name: string): string[] {
    return this.at(name)
      .applied.filter((entry) => entry.kind === "command")
      .map((entry) => new TextDecoder().decode(entry.body));
  }

  #boot(self: MemberId, disk: MemberUnderTest["disk"]): MemberUnderTest {
    const base = disk.snapshot?.base ?? LOG_ORIGIN;
    const entries = disk.entries.filter((entry) => entry.index > base.index);
    const membership = disk.snapshot?.membership ?? this.#founding;
    const random = new Random(this.#seed).child(self);
    const raft = new Raft(
      { self, random, timing: DEFAULT_TIMING, limits: this.#limits },
      { hardState: disk.hardState, base, entries, snapshot: disk.snapshot, membership },
    );
    return {
      raft,
      disk: { ...disk, entries },
      waitingWrites: [],
      heldMessages: [],
      diskPaused: false,
      applied: [],
      reads: [],
      observations: [],
    };
  }

  #execute(member: MemberUnderTest, ready: Ready): void {
    this.network.push(...ready.sendNow);
    if (ready.sendAfterPersist !== null) member.heldMessages.push(ready.sendAfterPersist);
    if (ready.persist !== null) member.waitingWrites.push(ready.persist);
    member.reads.push(...ready.reads);
    member.observations.push(...ready.observations);
    member.applied.push(...ready.committed);
    const last = ready.committed.at(-1);
    if (last !== undefined) member.raft.appliedUpTo(last.index);
    if (!member.diskPaused) this.#write(member);
  }

  #write(member: MemberUnderTest): void {
    for (const persist of member.waitingWrites.splice(0)) {
      const { disk } = member;
      if (persist.restartAfter !== null) member.disk = { ...disk, entries: [], snapshot: persist.restartAfter };
      const from = persist.truncateFrom;
      const kept = from === null ? member.disk.entries : member.disk.entries.filter((entry) => entry.index < from);
      member.disk = { ...member.disk, entries: [...kept, ...persist.entries], hardState: persist.hardState ?? member.disk.hardState };
      member.raft.persisted(persist.batch);
      const released = member.heldMessages.filter(({ batch }) => batch <= persist.batch);
      member.heldMessages = member.heldMessages.filter(({ batch }) => batch > persist.batch);
      for (const { messages } of released) this.network.push(...messages);
    }
  }
}
