// A member of a lab's group: the real replica, with the product's log and snapshots, in a small host that
// does what its effects say.
import type { GroupId, MemberId } from "../../core/base/ids.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import type { Random } from "../../core/base/random.ts";
import { DEFAULT_TIMING } from "../../core/raft/inputs.ts";
import type { RaftLimits } from "../../core/raft/inputs.ts";
import type { Companion } from "../../core/replica/companion.ts";
import type { ReplicaEffect, ReplicaObservation, Reply } from "../../core/replica/effects.ts";
import type { ClientOperation } from "../../core/replica/events.ts";
import { FIRST_VERSION } from "../../core/replica/options.ts";
import type { ReplicaLimits } from "../../core/replica/options.ts";
import type { PartitionedMachine } from "../../core/replica/partitioned-machine.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import { Replica } from "../../core/replica/replica.ts";
import type { ReplicaStatus } from "../../core/replica/status.ts";
import { SnapshotDesk } from "../../runtime/replica/snapshot-desk.ts";
import { CLUSTER } from "./cluster.ts";
import type { LabTime } from "./lab-time.ts";
import type { OpenedDisk } from "./member-disk.ts";
import type { Member, ProcessLife } from "./process-life.ts";
import { LabFailure } from "./script.ts";

export type ReplicaMemberOptions = {
  readonly group: GroupId;
  readonly self: MemberId;
  readonly random: Random;
  readonly opened: OpenedDisk;
  readonly life: ProcessLife<ReplicaMember>;
  readonly time: LabTime;
  readonly raftLimits: RaftLimits;
  readonly limits: ReplicaLimits;
  readonly machine: PartitionedMachine;
  readonly companion: Companion | null;
  /** A question of the companion's: `answered` is called once, or never if this life is over by then. */
  readonly ask: (ask: Ask, answered: Answered) => void;
  readonly send: (message: PeerMessage) => void;
  readonly observe: (observation: ReplicaObservation) => void;
};

export type Ask = Extract<ReplicaEffect, { readonly kind: "ask" }>;
export type Answered = (outcome: Outcome<Uint8Array>, configNumber: number | null) => void;
type Answer = (outcome: Outcome<Reply>) => void;
type Acts = { readonly [K in ReplicaEffect["kind"]]: (effect: Extract<ReplicaEffect, { readonly kind: K }>) => void };

export class ReplicaMember implements Member {
  readonly #options: ReplicaMemberOptions;
  readonly #replica: Replica;
  readonly #desk: SnapshotDesk;
  readonly #answers = new Map<number, Answer>();
  #requests = 0;

  constructor(options: ReplicaMemberOptions) {
    this.#options = options;
    const { group, self, random, opened, life, machine, companion, raftLimits, limits } = options;
    const { boot, recovered, bootsSeen, snapshots: store } = opened;
    this.#replica = new Replica({
      identity: { cluster: CLUSTER, group, self, boot },
      earlierLives: [],
      bootsSeen,
      recovered,
      machine,
      ...(companion === null ? {} : { companion }),
      random: random.child("raft"),
      timing: DEFAULT_TIMING,
      raftLimits,
      limits,
      version: FIRST_VERSION,
    });
    this.#desk = new SnapshotDesk({
      store,
      deliver: (event) => life.event(() => this.#replica.step(event)),
      onFailure: ({ message }) => this.#fail(message),
    });
  }

  get status(): ReplicaStatus {
    return this.#replica.status();
  }

  /** Answers once, unless the process is gone before. */
  request(operation: ClientOperation, deadlineInMs: number, answer: Answer): void {
    const id = ++this.#requests;
    this.#answers.set(id, answer);
    const request = { id, deadlineMs: this.#options.time.nowMs + deadlineInMs, operation };
    this.#options.life.event(() => this.#replica.step({ kind: "clientRequest", request }));
  }

  shutDown(): void {
    this.#options.life.event(() => this.#replica.step({ kind: "shutdown" }));
  }

  tick(): void {
    const { nowMs } = this.#options.time;
    this.#replica.step({ kind: "tick", monotonicMs: nowMs, wallMs: Math.floor(nowMs) });
  }

  receive(message: PeerMessage): void {
    this.#replica.step({ kind: "peerMessage", message });
  }

  endTurn(): boolean {
    for (const effect of this.#replica.step({ kind: "turnEnded" })) this.#acts[effect.kind](effect as never);
    return this.#replica.hasMore();
  }

  readonly #acts: Acts = {
    writeDisk: ({ batch, persist, bootsSeen }) => {
      const { opened, life } = this.#options;
      opened.write(persist, bootsSeen, () => life.event(() => this.#replica.step({ kind: "diskWritten", batch })));
    },
    rememberLives: ({ bootsSeen }) => {
      const { opened, life } = this.#options;
      opened.rememberLives(bootsSeen, () => life.event(() => this.#replica.step({ kind: "livesRemembered" })));
    },
    sendPeer: ({ message }) => this.#options.send(message),
    reply: ({ request, outcome }) => {
      this.#answers.get(request)?.(outcome);
      this.#answers.delete(request);
    },
    trimLog: ({ base }) => this.#options.opened.trim(base),
    snapshotBegin: (effect) => this.#desk.begin(effect),
    snapshotSlice: (effect) => this.#desk.slice(effect),
    snapshotCommit: (effect) => this.#desk.commit(effect),
    snapshotAbort: (effect) => this.#desk.abort(effect),
    snapshotTransfer: (effect) => this.#desk.transfer(effect),
    restoreBegin: (effect) => this.#desk.restore(effect),
    ask: (effect) => {
      this.#options.ask(effect, (outcome, configNumber) => {
        const answer = { kind: "answered", ask: effect.ask, outcome, configNumber } as const;
        this.#options.life.event(() => this.#replica.step({ kind: "groupAnswered", answer }));
      });
    },
    observe: ({ observation }) => this.#options.observe(observation),
    stop: ({ reason, message }) => this.#fail(`it stops (${reason}): ${message}`),
  };

  #fail(message: string): never {
    throw new LabFailure(`${this.#options.self}: ${message}`);
  }
}
