// A member of a Raft lab: the real core in a small host that does what Ready says, in the order in which it is said, with
// the product's log and snapshots.
import { asBoot } from "../../core/base/ids.ts";
import type { BootNumber, MemberId } from "../../core/base/ids.ts";
import { concatBytes } from "../../core/base/bytes.ts";
import type { Random } from "../../core/base/random.ts";
import type { Entry } from "../../core/raft/entry.ts";
import { DEFAULT_TIMING } from "../../core/raft/inputs.ts";
import type { ProposeResult, RaftLimits, RaftOptions, RaftStatus, RecoveredGroup } from "../../core/raft/inputs.ts";
import type { Message } from "../../core/raft/messages.ts";
import type { Raft } from "../../core/raft/raft.ts";
import type { RaftObservation, Ready } from "../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../core/raft/snapshot-meta.ts";
import type { ReplicaEvent } from "../../core/replica/events.ts";
import { FIRST_VERSION } from "../../core/replica/options.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import { SnapshotDesk } from "../../runtime/replica/snapshot-desk.ts";
import { CLUSTER, GROUP } from "./cluster.ts";
import type { LabTime } from "./lab-time.ts";
import type { ListService } from "./list-service.ts";
import type { OpenedDisk } from "./member-disk.ts";
import { OwnSnapshots } from "./own-snapshots.ts";
import type { Member, ProcessLife } from "./process-life.ts";
import { LabFailure } from "./script.ts";

export type MakeRaft = (options: RaftOptions, recovered: RecoveredGroup) => Raft;

export type RaftMemberOptions = {
  readonly self: MemberId;
  readonly random: Random;
  readonly opened: OpenedDisk;
  readonly life: ProcessLife<RaftMember>;
  readonly time: LabTime;
  readonly limits: RaftLimits;
  readonly makeRaft: MakeRaft;
  readonly service: ListService;
  readonly send: (message: PeerMessage) => void;
  readonly observe: (observation: RaftObservation) => void;
};

type Held = NonNullable<Ready["sendAfterPersist"]>;
type Restoring = { readonly meta: SnapshotMeta; readonly parts: Uint8Array[] };
type EventOf<K extends ReplicaEvent["kind"]> = Extract<ReplicaEvent, { readonly kind: K }>;

const NO_BOOT = asBoot(0);

export class RaftMember implements Member {
  readonly #options: RaftMemberOptions;
  readonly #raft: Raft;
  readonly #desk: SnapshotDesk;
  readonly #own: OwnSnapshots;
  readonly #bootsSeen = new Map<MemberId, BootNumber>();
  #held: Held[] = [];
  #restoring: Restoring | null = null;

  constructor(options: RaftMemberOptions) {
    this.#options = options;
    const { self, random, limits, makeRaft, life, opened } = options;
    const { recovered, snapshots: store, boot } = opened;
    this.#raft = makeRaft({ self, random: random.child("raft"), timing: DEFAULT_TIMING, limits }, recovered);
    this.#desk = new SnapshotDesk({
      store,
      deliver: (event) => life.event(() => this.#onSnapshot[event.kind]?.(event as never)),
      onFailure: (problem) => {
        throw new LabFailure(`the disk of ${self}: ${problem.message}`);
      },
    });
    this.#own = new OwnSnapshots({ name: `${self}-${boot}`, desk: this.#desk });
    if (recovered.snapshot !== null) this.#restore(recovered.snapshot);
  }

  get status(): RaftStatus {
    return this.#raft.status();
  }

  propose(body: Uint8Array): ProposeResult | null {
    let result: ProposeResult | null = null;
    this.#options.life.event(() => (result = this.#raft.propose({ kind: "command", version: FIRST_VERSION, body })));
    return result;
  }

  tick(): void {
    this.#raft.tick();
  }

  receive({ from, boot, body }: PeerMessage): void {
    this.#noticeRestart(from, boot);
    if (body.kind === "raft") this.#raft.receive(body.message);
  }

  endTurn(): boolean {
    this.#execute(this.#raft.takeReady());
    return this.#raft.hasReady();
  }

  #execute(ready: Ready): void {
    const { opened, life, observe } = this.#options;
    const { persist, sendAfterPersist } = ready;
    if (sendAfterPersist !== null) this.#held.push(sendAfterPersist);
    if (persist !== null) opened.write(persist, null, () => life.event(() => this.#persisted(persist.batch)));
    for (const message of ready.sendNow) this.#send(message);
    if (ready.restore !== null) this.#restore(ready.restore);
    for (const entry of ready.committed) this.#apply(entry);
    for (const request of ready.snapshotRequests) this.#desk.transfer({ kind: "snapshotTransfer", request });
    for (const observation of ready.observations) observe(observation);
  }

  #persisted(batch: Held["batch"]): void {
    this.#raft.persisted(batch);
    for (const { messages } of this.#held.filter((held) => held.batch <= batch)) for (const message of messages) this.#send(message);
    this.#held = this.#held.filter((held) => held.batch > batch);
  }

  #apply(entry: Entry): void {
    const { service } = this.#options;
    if (entry.kind === "command") {
      service.apply(entry);
      if (service.wantsSnapshot)
        this.#own.take({ base: entry, membership: this.#raft.membershipAt(entry.index), bytes: service.snapshot() });
    }
    this.#raft.appliedUpTo(entry.index);
  }

  #restore(meta: SnapshotMeta): void {
    this.#restoring = { meta, parts: [] };
    this.#raft.pauseApplying(true);
    this.#desk.restore({ kind: "restoreBegin", snapshot: meta });
  }

  readonly #onSnapshot: { readonly [K in ReplicaEvent["kind"]]?: (event: EventOf<K>) => void } = {
    snapshotSliceWritten: ({ snapshotId }) => this.#desk.commit({ kind: "snapshotCommit", snapshotId }),
    snapshotSaved: ({ snapshot }) => {
      this.#own.ended();
      const base = this.#raft.snapshotSaved(snapshot);
      if (base !== null) this.#options.opened.trim(base);
    },
    // A newer one has come from the leader meanwhile.
    snapshotFailed: () => this.#own.ended(),
    snapshotPieceRead: ({ piece }) => this.#raft.pieceRead(piece),
    snapshotPieceWritten: ({ piece }) => this.#raft.pieceWritten(piece),
    restoreSlice: ({ snapshotId, bytes, last }) => {
      const restoring = this.#restoring;
      if (restoring?.meta.id !== snapshotId) return;
      restoring.parts.push(bytes);
      if (last) this.#restored(restoring);
    },
  };

  #restored({ meta, parts }: Restoring): void {
    this.#restoring = null;
    this.#options.service.restore(meta, concatBytes(parts));
    this.#raft.appliedUpTo(meta.base.index);
    this.#raft.pauseApplying(false);
  }

  #send(message: Message): void {
    const { self, opened, time, send } = this.#options;
    const body = { kind: "raft", message } as const;
    const wallMs = Math.floor(time.nowMs);
    send({ cluster: CLUSTER, group: GROUP, from: self, to: message.to, boot: opened.boot, wallMs, version: FIRST_VERSION, body });
  }

  #noticeRestart(peer: MemberId, boot: BootNumber): void {
    const before = this.#bootsSeen.get(peer) ?? NO_BOOT;
    if (boot <= before) return;
    this.#bootsSeen.set(peer, boot);
    if (before !== NO_BOOT) this.#raft.peerRestarted(peer);
  }
}
