// What the two cores of this service ask for, carried out: the birth, which finds out what this member is, and the replica,
// which runs once that is known. Where they meet, one's effect is the other's event.
import { randomInt, randomUUID } from "node:crypto";
import type { BootNumber, ClusterId, MemberId } from "../../core/base/ids.ts";
import { asCluster, asMember } from "../../core/base/ids.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { Random } from "../../core/base/random.ts";
import { KvStateMachine } from "../../core/kv/kv-state-machine.ts";
import { isLearner, isVoter } from "../../core/raft/membership.ts";
import type { Membership } from "../../core/raft/membership.ts";
import { Birth } from "../../core/replica/birth.ts";
import { DEFAULT_BIRTH_TIMING } from "../../core/replica/birth-state.ts";
import type { Waiting } from "../../core/replica/birth-state.ts";
import type { ReplicaObservation, Reply, StopReason } from "../../core/replica/effects.ts";
import { whyNotJoin } from "../../core/replica/joining.ts";
import { FIRST_VERSION } from "../../core/replica/options.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import { Replica } from "../../core/replica/replica.ts";
import { BirthHost } from "../../runtime/birth-host.ts";
import type { EffectOf } from "../../runtime/birth-host.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { DataDirectory } from "../../runtime/disk/data-directory.ts";
import type { DiskProblem } from "../../runtime/disk/disk-problem.ts";
import type { LogObservation } from "../../runtime/disk/log/log-options.ts";
import { openMemberStorage } from "../../runtime/disk/member-storage.ts";
import type { MemberStorage } from "../../runtime/disk/member-storage.ts";
import type { HostObserver } from "../../runtime/host-metrics.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { PeerIdentity } from "../../runtime/peers/handshake.ts";
import type { MemberStanding } from "../../runtime/peers/member-standing.ts";
import type { PeerAsker } from "../../runtime/peers/peer-asker.ts";
import type { PeerCounters } from "../../runtime/peers/peer-counters.ts";
import type { PeerNames } from "../../runtime/peers/peer-names.ts";
import { Peers } from "../../runtime/peers/peers.ts";
import { bootsIn } from "../../runtime/replica/boots-seen.ts";
import { ReplicaHost } from "../../runtime/replica/replica-host.ts";
import type { ReplicaConfig } from "./config.ts";

export type MemberOptions = {
  readonly config: ReplicaConfig;
  readonly directory: DataDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly names: PeerNames;
  readonly asker: PeerAsker;
  readonly counters: PeerCounters;
  readonly hostObserver: HostObserver;
  readonly observeLog: (observation: LogObservation) => void;
  readonly observe: (observation: ReplicaObservation) => void;
  /** Each of these ends the process. */
  readonly onStop: (reason: StopReason, message: string) => void;
  readonly onDiskProblem: (problem: DiskProblem) => void;
  readonly onRefused: (message: string) => void;
  readonly onBug: (error: unknown) => void;
};

/** What runs once this member belongs to a group. */
export type Life = {
  readonly member: MemberId;
  readonly cluster: ClusterId;
  readonly host: ReplicaHost;
  readonly peers: Peers;
  readonly storage: MemberStorage;
  readonly machine: KvStateMachine;
};

const JOIN_TIMEOUT_MS = 2_000;

export class Member {
  readonly #options: MemberOptions;
  readonly #birth: BirthHost;
  #life: Life | null = null;
  #hasEnded: Promise<void> | null = null;

  constructor(options: MemberOptions) {
    this.#options = options;
    const { config, directory, asker, clock, onRefused } = options;
    const { group, self, places, cluster } = config;
    this.#birth = new BirthHost({
      birth: new Birth({ group, self, places, cluster, boot: directory.boot, timing: DEFAULT_BIRTH_TIMING }),
      asker,
      clock,
      saveIdentity: (identity, saved) => {
        directory.saveIdentity(identity, (problem) => (problem === null ? saved() : this.#diskFailed(problem)));
      },
      onBecome: (effect) => this.#become(effect),
      onConsiderJoin: (effect) => this.#considerJoin(effect),
      onWaiting: (waiting) => this.#tellWaiting(waiting),
      onBeginAnew: (message) => options.onStop("removed", message),
      onRefused,
    });
  }

  get life(): Life | null {
    return this.#life;
  }

  get waiting(): Waiting {
    return this.#birth.waiting;
  }

  get peerIdentity(): PeerIdentity | null {
    if (this.#life === null) return null;
    return peerIdentity(this.#options.config, this.#life, this.#options.directory.life);
  }

  get standing(): MemberStanding {
    const { config, directory } = this.#options;
    const life = this.#life;
    const raft = life?.host.status().raft;
    return {
      cluster: life?.cluster ?? null,
      group: config.group,
      member: life?.member ?? directory.identity?.member ?? null,
      term: raft?.term ?? 0,
      lastIndex: raft?.lastIndex ?? 0,
      leader: raft?.leader ?? null,
    };
  }

  start(): void {
    const fresh = { member: asMember(randomUUID()), cluster: asCluster(randomUUID()) };
    this.#birth.start({ kind: "started", identity: this.#options.directory.identity, fresh });
  }

  answerBirth(question: unknown): Outcome<unknown> {
    return this.#birth.answer(question);
  }

  receive(message: PeerMessage): boolean {
    return this.#life?.host.receive(message) ?? false;
  }

  introduce(peer: PeerIdentity): void {
    this.#life?.peers.introduce(peer);
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#life?.host.drain(signal);
  }

  /** Stops everything that could still write, and closes what was written to. */
  end(): Promise<void> {
    this.#hasEnded ??= this.#end();
    return this.#hasEnded;
  }

  async #end(): Promise<void> {
    this.#birth.end();
    if (this.#life === null) return;
    const { host, peers, storage } = this.#life;
    host.end();
    peers.close();
    await new Promise<void>((resolve) => storage.recovered.log.close(resolve));
    await new Promise<void>((resolve) => storage.snapshots.close(() => resolve()));
  }

  #become({ member, founding, membership }: EffectOf<"become">): void {
    const { config, directory, observeLog } = this.#options;
    const opening = {
      directory,
      member,
      limits: config.logLimits,
      onFailure: (problem: DiskProblem) => this.#diskFailed(problem),
      observe: observeLog,
    };
    openMemberStorage(opening, (problem, storage) => {
      if (problem !== null) return this.#diskFailed(problem);
      if (this.#hasEnded === null) this.#begin({ member, cluster: founding.cluster, storage }, membership);
    });
  }

  #begin(found: Pick<Life, "member" | "cluster" | "storage">, foundingMembership: Membership): void {
    const { config, directory, clock, logger, names, counters, hostObserver, onBug } = this.#options;
    const { hardState, base, entries, metadata, tornTail } = found.storage.recovered;
    if (tornTail !== null) logger.warn({ event: "tornTail", ...tornTail }, tornTail.message);
    const snapshot = found.storage.snapshots.newest;
    const peers = new Peers({ self: peerIdentity(config, found, directory.life), names, counters, clock, logger, fraction: Math.random });
    const machine = new KvStateMachine();
    const replica = new Replica({
      identity: { cluster: found.cluster, group: config.group, self: found.member, boot: directory.life },
      earlierLives: directory.earlierLives,
      bootsSeen: bootsIn(metadata),
      recovered: { hardState, base, entries, snapshot, membership: snapshot?.membership ?? foundingMembership },
      machine,
      random: new Random(randomInt(2 ** 32)),
      timing: config.timing,
      raftLimits: config.raftLimits,
      limits: config.limits,
      version: FIRST_VERSION,
    });
    const host = new ReplicaHost({
      replica,
      clock,
      storage: { ...found.storage, log: found.storage.recovered.log, directory, reserveBytes: config.diskReserveBytes },
      peers,
      observe: (observation) => this.#observe(observation),
      hostObserver,
      onStop: (reason, message) => this.#options.onStop(reason, message),
      onDiskFailure: (problem) => this.#diskFailed(problem),
      onBug,
    });
    this.#life = { ...found, host, peers, machine };
    host.start();
    this.#tellStanding();
    logger.info(
      { event: "began", member: found.member, cluster: found.cluster, boot: directory.boot, entries: entries.length },
      "the replica runs",
    );
  }

  #observe(observation: ReplicaObservation): void {
    this.#options.observe(observation);
    // Whether there is a leader, and who belongs: what a birth waits for.
    if (observation.kind === "raft" || observation.kind === "restored") this.#tellStanding();
  }

  #tellStanding(): void {
    if (this.#life === null) return;
    const { membership, leader } = this.#life.host.status().raft;
    this.#birth.tellStanding(membership, leader);
  }

  #considerJoin(joining: EffectOf<"considerJoin">): void {
    const { member, place } = joining;
    const answer = (accepted: boolean, message: string): void => {
      this.#birth.tellJoinConsidered(joining, { accepted, removed: this.#hasRemoved(member), message });
    };
    if (this.#life === null) return answer(false, "this member is not ready yet");
    const { host } = this.#life;
    const { raft } = host.status();
    if (isVoter(raft.membership, member) || isLearner(raft.membership, member)) return answer(true, "already a member");
    const refusal = whyNotJoin(raft, joining);
    if (refusal !== null) return answer(false, refusal);
    host.ask({ kind: "changeMembership", change: { kind: "addLearner", member, place } }, JOIN_TIMEOUT_MS, (outcome) => {
      answer(outcome.kind === "done", describe(outcome));
    });
  }

  /** For good: a removal that is not committed may be taken back. */
  #hasRemoved(member: MemberId): boolean {
    const raft = this.#life?.host.status().raft;
    return raft !== undefined && raft.membership.index <= raft.commitIndex && raft.membership.removed.includes(member);
  }

  #tellWaiting({ reasons, recovery }: Waiting): void {
    const { logger } = this.#options;
    if (reasons.length > 0) logger.info({ event: "waiting", reasons }, `waiting: ${reasons.join("; ")}`);
    if (recovery !== null) logger.error({ event: "recoveryNeeded", recovery }, recovery);
  }

  #diskFailed(problem: DiskProblem): void {
    this.#birth.end();
    this.#life?.host.end();
    this.#options.onDiskProblem(problem);
  }
}

function peerIdentity(config: ReplicaConfig, { member, cluster }: Pick<Life, "member" | "cluster">, boot: BootNumber): PeerIdentity {
  return { cluster, group: config.group, member, place: config.self, boot };
}

function describe(outcome: Outcome<Reply>): string {
  if (outcome.kind === "refused") return outcome.refusal.message;
  return outcome.kind === "done" ? "added as a learner" : "it may have been added";
}
