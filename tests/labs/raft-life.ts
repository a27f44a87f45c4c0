// One process life of a member of the Raft labs: the real core, turned by a small host that does what Ready says and in
// the order in which it is said, over the labs' network and a disk that outlives it.
import { present } from "../../core/base/assert.ts";
import { asBoot, asCluster, asGroup } from "../../core/base/ids.ts";
import type { BootNumber, MemberId } from "../../core/base/ids.ts";
import type { Random } from "../../core/base/random.ts";
import type { Entry } from "../../core/raft/entry.ts";
import { DEFAULT_TIMING } from "../../core/raft/inputs.ts";
import type { ProposeResult, RaftLimits, RaftOptions, RaftStatus, RecoveredGroup } from "../../core/raft/inputs.ts";
import type { Message, MessageKind } from "../../core/raft/messages.ts";
import type { Raft } from "../../core/raft/raft.ts";
import type { RaftObservation, Ready } from "../../core/raft/ready.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import { decodeMessage, encodeMessage } from "../../runtime/peers/message-codec.ts";
import type { LabTime } from "./lab-time.ts";
import type { ListService } from "./list-service.ts";
import { demand } from "./script.ts";
import { SnapshotDesk } from "./snapshot-desk.ts";
import type { StableStore } from "./stable-store.ts";

const TICK_MS = 25;
/** From an event to the end of its turn: whatever else arrives meanwhile shares the turn. */
const TURN_MS = 0.05;

const CLUSTER = asCluster("labs");
const GROUP = asGroup("1");
const NO_BOOT = asBoot(0);

export type MakeRaft = (options: RaftOptions, recovered: RecoveredGroup) => Raft;

export type LifeOptions = {
  readonly self: MemberId;
  readonly boot: BootNumber;
  readonly time: LabTime;
  readonly random: Random;
  readonly limits: RaftLimits;
  readonly store: StableStore;
  readonly service: ListService;
  readonly makeRaft: MakeRaft;
  readonly send: (to: MemberId, kind: "request" | "reply", bytes: Uint8Array) => void;
  readonly observe: (observation: RaftObservation) => void;
};

/** Who asks makes a call; the answer to it is none. */
const PARCEL_KINDS: { readonly [K in MessageKind]: "request" | "reply" } = {
  preVote: "request",
  preVoteReply: "reply",
  vote: "request",
  voteReply: "reply",
  append: "request",
  appendReply: "reply",
  snapshotChunk: "request",
  snapshotReply: "reply",
  readIndex: "request",
  readIndexReply: "reply",
  campaignNow: "request",
};

type Held = NonNullable<Ready["sendAfterPersist"]>;

export class RaftLife {
  readonly #options: LifeOptions;
  readonly #raft: Raft;
  readonly #desk: SnapshotDesk;
  readonly #bootsSeen = new Map<MemberId, BootNumber>();
  #held: Held[] = [];
  #isTurnPlanned = false;
  #isOver = false;

  constructor(options: LifeOptions) {
    this.#options = options;
    const { self, random, limits, time, store, service } = options;
    const recovered = store.recover();
    this.#raft = options.makeRaft({ self, random: random.child("raft"), timing: DEFAULT_TIMING, limits }, recovered);
    if (recovered.snapshot !== null) service.restore(present(store.snapshot(recovered.snapshot.id), "a recovered snapshot is on the disk"));
    this.#desk = new SnapshotDesk({ self, boot: options.boot, time, store, raft: this.#raft, event: (action) => this.#event(action) });
    time.after(random.fraction() * TICK_MS, () => this.#tick());
  }

  /** The process is gone at once; only its disk remains. */
  end(): void {
    this.#isOver = true;
  }

  get status(): RaftStatus {
    return this.#raft.status();
  }

  propose(body: Uint8Array): ProposeResult {
    const result = this.#raft.propose({ kind: "command", version: 1, body });
    this.#planTurn();
    return result;
  }

  receive(bytes: Uint8Array): void {
    this.#event(() => {
      const decoded = decodeMessage(bytes);
      demand(decoded.kind === "message", () => `${this.#options.self} can't read what a peer sent: ${JSON.stringify(decoded)}`);
      const { body, boot, from } = decoded.message;
      this.#noticeRestart(from, boot);
      if (body.kind === "raft") this.#raft.receive(body.message);
    });
  }

  /** Whatever is still under way for a life that is over concerns nobody. */
  #event(action: () => void): void {
    if (this.#isOver) return;
    action();
    this.#planTurn();
  }

  #tick(): void {
    this.#event(() => {
      this.#options.time.after(TICK_MS, () => this.#tick());
      this.#raft.tick();
    });
  }

  #planTurn(): void {
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    this.#options.time.after(TURN_MS, () => {
      this.#isTurnPlanned = false;
      if (this.#isOver) return;
      this.#execute(this.#raft.takeReady());
      if (this.#raft.hasReady()) this.#planTurn();
    });
  }

  #execute(ready: Ready): void {
    const { store, observe } = this.#options;
    const { persist, sendAfterPersist } = ready;
    if (sendAfterPersist !== null) this.#held.push(sendAfterPersist);
    if (persist !== null) {
      store.write(persist, () => {
        this.#event(() => this.#raft.persisted(persist.batch));
        this.#release(persist.batch);
      });
    }
    for (const message of ready.sendNow) this.#send(message);
    if (ready.restore !== null) this.#desk.restore(ready.restore, this.#options.service);
    for (const entry of ready.committed) this.#apply(entry);
    for (const request of ready.snapshotRequests) this.#desk.serve(request);
    for (const observation of ready.observations) observe(observation);
  }

  #release(batch: Held["batch"]): void {
    if (this.#isOver) return;
    const free = this.#held.filter((held) => held.batch <= batch);
    this.#held = this.#held.filter((held) => held.batch > batch);
    for (const { messages } of free) for (const message of messages) this.#send(message);
  }

  #apply(entry: Entry): void {
    const { service } = this.#options;
    if (entry.kind === "command") {
      service.apply(entry);
      if (service.wantsSnapshot) this.#desk.takeSnapshot(entry, service.snapshot());
    }
    this.#raft.appliedUpTo(entry.index);
  }

  #send(message: Message): void {
    const { self, boot, send } = this.#options;
    const envelope: PeerMessage = {
      cluster: CLUSTER,
      group: GROUP,
      from: self,
      to: message.to,
      boot,
      wallMs: Math.floor(this.#options.time.nowMs),
      version: 1,
      body: { kind: "raft", message },
    };
    send(message.to, PARCEL_KINDS[message.kind], encodeMessage(envelope));
  }

  #noticeRestart(peer: MemberId, boot: BootNumber): void {
    const before = this.#bootsSeen.get(peer) ?? NO_BOOT;
    if (boot <= before) return;
    this.#bootsSeen.set(peer, boot);
    if (before !== NO_BOOT) this.#raft.peerRestarted(peer);
  }
}
