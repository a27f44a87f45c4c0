// A member of a group on a machine of its own, with fixed costs: the real core, fed by a mailbox as its host does it, a disk that
// writes one frame at a time, and a processor that is busy for as long as the costs say.
import { asBoot, asCluster, asTerm } from "../../../core/base/ids.ts";
import type { GroupId, MemberId } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { Random } from "../../../core/base/random.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { ReplicaEffect, Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation, ReplicaEvent } from "../../../core/replica/events.ts";
import { DEFAULT_REPLICA_LIMITS, FIRST_VERSION } from "../../../core/replica/options.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { Replica } from "../../../core/replica/replica.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { Mover } from "../../../core/shards/mover/mover.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import type { ModelledTime } from "./modelled-time.ts";

export type Costs = {
  readonly fsyncUs: number;
  /** From one machine to another. */
  readonly networkUs: number;
  /** Of the processor, for a message or request that comes in. */
  readonly messageUs: number;
  /** Of the processor, for each entry that is applied. */
  readonly applyUs: number;
};

export type MemberOptions = {
  readonly group: GroupId;
  readonly self: MemberId;
  readonly founding: Membership;
  readonly configuration: Configuration;
  readonly time: ModelledTime;
  readonly costs: Costs;
  readonly seed: number;
  readonly send: (message: PeerMessage) => void;
};

const TICK_US = 25_000;
const DEADLINE_MS = 60_000;

export class ModelledMember {
  readonly #options: MemberOptions;
  readonly #replica: Replica;
  readonly #waiting = new Map<number, (outcome: Outcome<Reply>) => void>();
  #mailbox: ReplicaEvent[] = [];
  #isTurnDue = false;
  #busyUntilUs = 0;
  #toWrite: ReplicaEvent[] = [];
  #isWriting = false;
  #requests = 0;
  #appliedIndex = 0;

  constructor(options: MemberOptions) {
    this.#options = options;
    const { group, self, founding, configuration, seed } = options;
    const hardState = { term: asTerm(0), vote: null };
    const machine = new ShardedStateMachine({ group, limits: DEFAULT_REPLICA_LIMITS });
    this.#replica = new Replica({
      identity: { cluster: asCluster("model"), group, self, boot: asBoot(65_536) },
      earlierLives: [],
      bootsSeen: {},
      recovered: { hardState, base: LOG_ORIGIN, entries: [], snapshot: null, membership: founding },
      machine,
      companion: new Mover({ machine, own: configuration }),
      random: new Random(seed).child(`${group}-${self}`),
      timing: DEFAULT_TIMING,
      raftLimits: DEFAULT_LIMITS,
      // No snapshots: they have a bound of their own, and are no part of what is counted here.
      limits: { ...DEFAULT_REPLICA_LIMITS, snapshotEntries: Infinity, snapshotBytes: Infinity },
      version: FIRST_VERSION,
    });
    this.#tick();
  }

  get leads(): boolean {
    return this.#replica.status().raft.termStarted;
  }

  receive(message: PeerMessage): void {
    this.#deliver({ kind: "peerMessage", message });
  }

  ask(operation: ClientOperation, answer: (outcome: Outcome<Reply>) => void): void {
    const id = ++this.#requests;
    this.#waiting.set(id, answer);
    this.#deliver({ kind: "clientRequest", request: { id, operation, deadlineMs: this.#options.time.nowUs / 1_000 + DEADLINE_MS } });
  }

  #tick(): void {
    const { time } = this.#options;
    const ms = time.nowUs / 1_000;
    this.#deliver({ kind: "tick", monotonicMs: ms, wallMs: 1_700_000_000_000 + ms });
    time.at(time.nowUs + TICK_US, () => this.#tick());
  }

  #deliver(event: ReplicaEvent): void {
    this.#mailbox.push(event);
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    const { time } = this.#options;
    time.at(Math.max(time.nowUs, this.#busyUntilUs), () => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    const { time, costs } = this.#options;
    const events = this.#mailbox;
    this.#mailbox = [];
    const effects: ReplicaEffect[] = [];
    for (const event of [...events, { kind: "turnEnded" } as const]) effects.push(...this.#replica.step(event));
    const { appliedIndex } = this.#replica.status();
    this.#busyUntilUs = time.nowUs + events.length * costs.messageUs + (appliedIndex - this.#appliedIndex) * costs.applyUs;
    this.#appliedIndex = appliedIndex;
    time.at(this.#busyUntilUs, () => {
      for (const effect of effects) this.#execute(effect);
      if (this.#mailbox.length > 0 || this.#replica.hasMore()) this.#scheduleTurn();
    });
  }

  #execute(effect: ReplicaEffect): void {
    const { time, costs, send } = this.#options;
    if (effect.kind === "writeDisk") this.#write({ kind: "diskWritten", batch: effect.batch });
    else if (effect.kind === "rememberLives") this.#write({ kind: "livesRemembered" });
    else if (effect.kind === "sendPeer") time.at(time.nowUs + costs.networkUs, () => send(effect.message));
    else if (effect.kind === "reply") this.#reply(effect.request, effect.outcome);
    else if (effect.kind === "stop") throw new Error(`a member stopped: ${effect.message}`);
  }

  /** What comes while a frame is written goes into the next one. */
  #write(confirmation: ReplicaEvent): void {
    this.#toWrite.push(confirmation);
    if (!this.#isWriting) this.#writeFrame();
  }

  #writeFrame(): void {
    const { time, costs } = this.#options;
    const frame = this.#toWrite;
    this.#toWrite = [];
    this.#isWriting = frame.length > 0;
    if (!this.#isWriting) return;
    time.at(time.nowUs + costs.fsyncUs, () => {
      for (const confirmation of frame) this.#deliver(confirmation);
      this.#writeFrame();
    });
  }

  #reply(id: number, outcome: Outcome<Reply>): void {
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    const { time, costs } = this.#options;
    time.at(time.nowUs + costs.networkUs, () => answer?.(outcome));
  }
}
