// One member of a group in one process: the replica in its host, with the log, the snapshots, the peers and the waiting clients
// around it. Everything that the replica asks for is carried out here, by one table; what comes of it comes back as an event.
import { refused, unknown } from "../../core/base/outcome.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import type { Membership, Place } from "../../core/raft/membership.ts";
import { relocated } from "../../core/raft/membership.ts";
import type { Reply, ReplicaEffect, StopReason } from "../../core/replica/effects.ts";
import type { ClientOperation, ReplicaEvent, RequestId } from "../../core/replica/events.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import type { Replica } from "../../core/replica/replica.ts";
import type { ReplicaStatus } from "../../core/replica/status.ts";
import type { Clock } from "../clock.ts";
import type { DataDirectory } from "../disk/data-directory.ts";
import type { DiskProblem } from "../disk/disk-problem.ts";
import type { SnapshotStore } from "../disk/snapshot-store.ts";
import type { WriteAheadLog } from "../disk/write-ahead-log.ts";
import type { HostObserver } from "../host-metrics.ts";
import { Host } from "../host.ts";
import type { HostEvent } from "../host.ts";
import type { Peers } from "../peers/peers.ts";
import { Sleepers } from "../sleepers.ts";
import type { GroupDesk } from "./group-desk.ts";
import { bootsMetadata, bootsWrite } from "./boots-seen.ts";
import type { Answer } from "./pending-answers.ts";
import { PendingAnswers } from "./pending-answers.ts";
import { SnapshotDesk } from "./snapshot-desk.ts";
import { SpaceWatch } from "./space-watch.ts";
import type { GatheredRequest } from "./write-gathering.ts";
import { WriteGathering } from "./write-gathering.ts";

type Observation = Extract<ReplicaEffect, { readonly kind: "observe" }>["observation"];

export type ReplicaHostOptions = {
  readonly replica: Pick<Replica, "step" | "hasMore" | "quietTicks" | "status" | "writesUnderWay">;
  readonly clock: Clock;
  readonly storage: {
    readonly log: WriteAheadLog;
    readonly snapshots: SnapshotStore;
    readonly directory: Pick<DataDirectory, "freeBytes">;
    /** Null: the larger of 256 MiB and 1.5 times the last snapshot. */
    readonly reserveBytes: number | null;
  };
  readonly peers: Pick<Peers, "send" | "setMembers">;
  /**
   * Where they are, as configured. The group's membership has where they were when they came: a group that was moved finds itself
   * by this, and a copy of its disks that was started somewhere else does not meddle with it. A place that is not configured
   * here, as a new one may be for a while, is where the membership says.
   */
  readonly places: readonly Place[];
  /** Where questions to other groups go; left out where the replica has no companion that asks. */
  readonly groups?: Pick<GroupDesk, "ask">;
  /** Told everything that the replica observes. */
  readonly observe: (observation: Observation) => void;
  readonly hostObserver: HostObserver;
  /** This member can't keep its promises any more; nothing is stepped or executed after this. */
  readonly onStop: (reason: StopReason, message: string) => void;
  readonly onDiskFailure: (problem: DiskProblem) => void;
  readonly onBug: (error: unknown) => void;
};

export type RequestOptions = {
  /** From now. */
  readonly timeoutMs: number;
  /** The one who asks is gone. */
  readonly signal?: AbortSignal;
};

const TICKS_BETWEEN_LOOKS = 20; // at the disk's free space: twice a second

type Execute = { readonly [K in ReplicaEffect["kind"]]: (effect: Extract<ReplicaEffect, { readonly kind: K }>) => void };

export class ReplicaHost {
  readonly #options: ReplicaHostOptions;
  readonly #host: Host<Exclude<ReplicaEvent, HostEvent>, ReplicaEffect>;
  readonly #desk: SnapshotDesk;
  readonly #space: SpaceWatch;
  readonly #answers = new PendingAnswers();
  readonly #writes = new WriteGathering((write) => {
    this.#offer(write);
  });
  readonly #leaderless = new Sleepers();
  #ticks = 0;
  #hasEnded = false;
  #membership: { readonly told: Membership; readonly relocated: Membership } | null = null;

  constructor(options: ReplicaHostOptions) {
    this.#options = options;
    const { clock, storage, hostObserver } = options;
    const { snapshots: store, log, directory, reserveBytes } = storage;
    const deliver = (event: ReplicaEvent): void => this.#deliver(event);
    const onFailure = (problem: DiskProblem): void => this.#diskFailed(problem);
    this.#desk = new SnapshotDesk({ store, deliver, onFailure });
    this.#space = new SpaceWatch({ directory, log, reserveBytes, deliver, lastSnapshotBytes: () => store.newest?.sizeBytes ?? 0 });
    this.#host = new Host({
      core: options.replica,
      clock,
      execute: (effect) => {
        this.#execute[effect.kind](effect as never);
      },
      onBug: (error) => {
        this.end();
        options.onBug(error);
      },
      onTurn: (report) => {
        hostObserver.onTurn(report);
        this.#writes.turned(options.replica.writesUnderWay);
      },
      onTick: (report) => {
        hostObserver.onTick(report);
        this.#writes.ticked();
        if (this.#ticks++ % TICKS_BETWEEN_LOOKS === 0) this.#space.look();
      },
    });
  }

  start(): void {
    this.#tellPeersWhoBelongs();
    this.#host.start();
  }

  status(): ReplicaStatus {
    const status = this.#options.replica.status();
    return { ...status, raft: { ...status.raft, membership: this.#relocated(status.raft.membership) } };
  }

  /** Requests that wait for their answers. */
  get waiting(): number {
    return this.#answers.size;
  }

  /** A message that came from a peer. False: there was no room for it. */
  receive(message: PeerMessage): boolean {
    return this.#host.offer({ kind: "peerMessage", message }, "message");
  }

  /** Calls back exactly once, perhaps at once. The id can be given to `abandon` until then; null: it was answered already. */
  ask(operation: ClientOperation, timeoutMs: number, answer: Answer): RequestId | null {
    if (this.#hasEnded) {
      answer(refused("shuttingDown", "this member has ended"));
      return null;
    }
    const id = this.#answers.add(operation, answer);
    if (id === null) return null;
    const event = { kind: "clientRequest", request: { id, operation, deadlineMs: this.#options.clock.monotonicMs() + timeoutMs } } as const;
    return (operation.kind === "write" && this.#writes.takes(event)) || this.#offer(event) ? id : null;
  }

  #offer(event: GatheredRequest): boolean {
    if (this.#host.offer(event, "request")) return true;
    // What has ended tells everybody the same.
    if (!this.#hasEnded) this.#answers.settle(event.request.id, refused("overloaded", "too much waits for this member"));
    return false;
  }

  /** Nobody waits for this answer any more; it is not called. */
  abandon(id: RequestId): void {
    this.#answers.forget(id);
    this.#writes.release();
    this.#deliver({ kind: "requestAbandoned", id });
  }

  /** `ask` as a promise. Never rejects. */
  request(operation: ClientOperation, { timeoutMs, signal }: RequestOptions): Promise<Outcome<Reply>> {
    return new Promise((resolve) => {
      const giveUp = (): void => {
        if (id !== null) this.abandon(id);
        resolve(unknown("connectionLost"));
      };
      const id = this.ask(operation, timeoutMs, (outcome) => {
        signal?.removeEventListener("abort", giveUp);
        resolve(outcome);
      });
      if (id !== null) signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** Until the next leader is known, or as long as that. */
  untilLeader(msMax: number): Promise<void> {
    return this.#leaderless.sleep(msMax);
  }

  /** Hands leadership over and lets what is under way finish. Resolves when nobody waits for this member, or at the signal. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#writes.end();
    this.#deliver({ kind: "shutdown" });
    while (!signal.aborted && !this.#hasEnded && !this.status().mayExit) await delay(DRAIN_LOOK_MS);
  }

  /** Everyone who still waits is told that the outcome is not known. */
  end(): void {
    this.#hasEnded = true;
    this.#host.end();
    this.#writes.end();
    this.#answers.endAll();
  }

  readonly #execute: Execute = {
    writeDisk: ({ batch, persist, bootsSeen }) => {
      const { restartAfter, hardState, truncateFrom, entries } = persist;
      const metadata = bootsSeen === null ? null : bootsMetadata(bootsSeen);
      this.#options.storage.log.append({ restartAfter, hardState, truncateFrom, entries, metadata }, () => {
        this.#deliver({ kind: "diskWritten", batch });
      });
    },
    rememberLives: ({ bootsSeen }) => {
      this.#options.storage.log.append(bootsWrite(bootsSeen), () => {
        this.#deliver({ kind: "livesRemembered" });
      });
    },
    sendPeer: ({ message }) => {
      this.#options.peers.send(message);
    },
    reply: ({ request, outcome }) => {
      this.#answers.settle(request, outcome);
    },
    trimLog: ({ base }) => {
      this.#options.storage.log.trim(base, () => undefined);
    },
    snapshotBegin: (effect) => {
      this.#desk.begin(effect);
    },
    snapshotSlice: (effect) => {
      this.#desk.slice(effect);
    },
    snapshotCommit: (effect) => {
      this.#desk.commit(effect);
    },
    snapshotAbort: (effect) => {
      this.#desk.abort(effect);
    },
    snapshotTransfer: (effect) => {
      this.#desk.transfer(effect);
    },
    restoreBegin: (effect) => {
      this.#desk.restore(effect);
    },
    ask: (effect) => {
      this.#options.groups?.ask(effect, (outcome, configNumber) => {
        this.#deliver({ kind: "groupAnswered", answer: { kind: "answered", ask: effect.ask, outcome, configNumber } });
      });
    },
    observe: ({ observation }) => {
      const what = observation.kind === "raft" ? observation.observation.kind : observation.kind;
      if (CHANGES_WHO_BELONGS.has(what)) this.#tellPeersWhoBelongs();
      this.#options.observe(observation);
      if (namesLeader(observation)) this.#leaderless.wakeAll();
    },
    stop: ({ reason, message }) => {
      this.end();
      this.#options.onStop(reason, message);
    },
  };

  #relocated(told: Membership): Membership {
    if (this.#membership?.told !== told) this.#membership = { told, relocated: relocated(told, this.#options.places) };
    return this.#membership.relocated;
  }

  #tellPeersWhoBelongs(): void {
    this.#options.peers.setMembers(this.status().raft.membership.places);
  }

  #deliver(event: ReplicaEvent): void {
    // Ticks and ends of turns are the host's own.
    if (event.kind !== "tick" && event.kind !== "turnEnded") this.#host.deliver(event);
  }

  #diskFailed(problem: DiskProblem): void {
    this.end();
    this.#options.onDiskFailure(problem);
  }
}

function namesLeader(observation: Observation): boolean {
  return observation.kind === "raft" && observation.observation.kind === "roleChanged" && observation.observation.leader !== null;
}

const DRAIN_LOOK_MS = 10;
const CHANGES_WHO_BELONGS: ReadonlySet<string> = new Set(["membershipChanged", "snapshotInstalled", "restored", "roleChanged"]);

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
