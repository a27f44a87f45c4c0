// One member of a group in its process, whatever its group is for. Two cores, carried out: the birth, which finds out what
// this member is, and the replica, which runs once that is known. Where they meet, one's effect is the other's event.
import { randomInt, randomUUID } from "node:crypto";
import type { BootNumber, ClusterId, MemberId } from "../../core/base/ids.ts";
import { asCluster, asMember } from "../../core/base/ids.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { Random } from "../../core/base/random.ts";
import { isLearner, isVoter } from "../../core/raft/membership.ts";
import type { Membership, Place } from "../../core/raft/membership.ts";
import { Birth } from "../../core/replica/birth.ts";
import { DEFAULT_BIRTH_TIMING } from "../../core/replica/birth-state.ts";
import type { Waiting } from "../../core/replica/birth-state.ts";
import type { ReplicaObservation, Reply, StopReason } from "../../core/replica/effects.ts";
import { whyNotJoin } from "../../core/replica/joining.ts";
import { FIRST_VERSION, KNOWN_VERSION } from "../../core/replica/options.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import { Replica } from "../../core/replica/replica.ts";
import type { Companion } from "../../core/replica/companion.ts";
import type { PartitionedMachine } from "../../core/replica/partitioned-machine.ts";
import { BirthHost } from "../birth-host.ts";
import type { EffectOf } from "../birth-host.ts";
import type { Clock } from "../clock.ts";
import type { DataDirectory } from "../disk/data-directory.ts";
import type { DiskProblem } from "../disk/disk-problem.ts";
import type { LogObservation } from "../disk/log/log-options.ts";
import { openMemberStorage } from "../disk/member-storage.ts";
import type { MemberStorage } from "../disk/member-storage.ts";
import type { HostObserver } from "../host-metrics.ts";
import type { Logger } from "../logger.ts";
import type { PeerIdentity } from "../peers/handshake.ts";
import type { MemberStanding } from "../peers/member-standing.ts";
import type { PeerAsker } from "../peers/peer-asker.ts";
import type { PeerCounters } from "../peers/peer-counters.ts";
import type { PeerNames } from "../peers/peer-names.ts";
import { Peers } from "../peers/peers.ts";
import type { PeerTls } from "../peers/tls/peer-tls.ts";
import type { MemberConfig } from "../settings/member-settings.ts";
import type { GroupDesk } from "./group-desk.ts";
import { recoveredReplica } from "./recovered-group.ts";
import type { Registration } from "./registration.ts";
import { ReplicaHost } from "./replica-host.ts";

/** What a group keeps, and how it is applied to; `companion` does things of its own accord. */
export type GroupState<M> = {
  readonly machine: M;
  readonly partitions: PartitionedMachine;
  readonly companion: Companion | null;
};

export type MemberOptions<M> = {
  readonly config: MemberConfig;
  /** A new one, empty. */
  readonly createState: () => GroupState<M>;
  /** What the companion asks goes there. Null: it asks nothing. */
  readonly groups: Pick<GroupDesk, "ask" | "close"> | null;
  /** With the shard controllers, which record how this group is founded. Null: the group founds itself. */
  readonly registration: Registration | null;
  readonly directory: DataDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly names: PeerNames;
  readonly asker: PeerAsker;
  /** Null: peers are spoken to without. */
  readonly tls: PeerTls | null;
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
export type Life<M = unknown> = {
  readonly member: MemberId;
  readonly cluster: ClusterId;
  readonly host: ReplicaHost;
  readonly peers: Peers;
  readonly storage: MemberStorage;
  readonly machine: M;
};

/** What the doors of a service look at. */
export type MemberView<M = unknown> = {
  readonly life: Life<M> | null;
  readonly waiting: Waiting;
  readonly peerIdentity: PeerIdentity | null;
};

const JOIN_TIMEOUT_MS = 2_000;

export class Member<M> implements MemberView<M> {
  readonly #options: MemberOptions<M>;
  readonly #birth: BirthHost;
  #life: Life<M> | null = null;
  #hasEnded: Promise<void> | null = null;
  #isLeaving = false;

  constructor(options: MemberOptions<M>) {
    this.#options = options;
    const { config, directory, asker, clock, onRefused, registration } = options;
    const { group, self, places, cluster } = config;
    const withControllers = registration !== null;
    this.#birth = new BirthHost({
      birth: new Birth({ group, self, places, cluster, boot: directory.boot, timing: DEFAULT_BIRTH_TIMING, withControllers }),
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
      ...(registration === null ? {} : { askControllers: (found) => registration.ask(found) }),
    });
  }

  get life(): Life<M> | null {
    return this.#life;
  }

  get waiting(): Waiting {
    return this.#birth.waiting;
  }

  get peerIdentity(): PeerIdentity | null {
    if (this.#life === null) return null;
    return peerIdentity(this.#options.config, this.#life, this.#options.directory.life);
  }

  /** There are others, who go on when this one ends. */
  get hasPeers(): boolean {
    return (this.#life?.host.status().raft.membership.voters.length ?? 0) > 1;
  }

  /** Where they are. Nobody, for one that does not vote. */
  get otherVoters(): readonly Place[] {
    if (this.#life === null) return [];
    const { member, host } = this.#life;
    const { membership } = host.status().raft;
    if (!isVoter(membership, member)) return [];
    return membership.voters.flatMap((other) => (other === member ? [] : (membership.places[other] ?? [])));
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
      serves: this.#votes && life?.host.status().stage === "serving",
      leaves: this.#isLeaving,
    };
  }

  get #votes(): boolean {
    return this.#life !== null && isVoter(this.#life.host.status().raft.membership, this.#life.member);
  }

  /** From now on the others are told that this member is about to go. */
  leave(): void {
    this.#isLeaving = true;
    // Whoever is taken in now, and has gone before it is missed, may cost a small group its majority.
    if (!this.#votes) this.#birth.end();
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
    this.#options.registration?.end();
    this.#options.groups?.close();
    if (this.#life === null) return;
    const { host, peers, storage } = this.#life;
    host.end();
    peers.close();
    await new Promise<void>((resolve) => storage.recovered.log.close(resolve));
    await new Promise<void>((resolve) => storage.snapshots.close(() => resolve()));
  }

  #become({ member, founding, membership }: EffectOf<"become">): void {
    const { config, directory, observeLog, registration } = this.#options;
    const opening = {
      directory,
      member,
      limits: config.logLimits,
      onFailure: (problem: DiskProblem) => this.#diskFailed(problem),
      observe: observeLog,
    };
    openMemberStorage(opening, (problem, storage) => {
      if (problem !== null) return this.#diskFailed(problem);
      if (this.#hasEnded !== null) return;
      this.#begin({ member, cluster: founding.cluster, storage }, membership);
      registration?.start(founding);
    });
  }

  #begin(found: Pick<Life, "member" | "cluster" | "storage">, foundingMembership: Membership): void {
    const { config, directory, clock, logger, names, tls, counters, hostObserver, onBug, createState, groups } = this.#options;
    const { entries, tornTail } = found.storage.recovered;
    if (tornTail !== null) logger.warn({ event: "tornTail", ...tornTail }, tornTail.message);
    const self = peerIdentity(config, found, directory.life);
    const { clusterSecret } = config;
    const peers = new Peers({ self, names, counters, clock, logger, fraction: Math.random, clusterSecret, tls });
    const { machine, partitions, companion } = createState();
    const replica = new Replica({
      identity: { cluster: found.cluster, group: config.group, self: found.member, boot: directory.life },
      earlierLives: directory.earlierLives,
      ...recoveredReplica(found.storage, foundingMembership),
      machine: partitions,
      ...(companion === null ? {} : { companion }),
      random: new Random(randomInt(2 ** 32)),
      timing: config.timing,
      raftLimits: config.raftLimits,
      limits: config.limits,
      version: KNOWN_VERSION,
      unaskedVersion: FIRST_VERSION,
    });
    const host = new ReplicaHost({
      replica,
      clock,
      storage: { ...found.storage, log: found.storage.recovered.log, directory, reserveBytes: config.diskReserveBytes },
      peers,
      places: config.places,
      ...(groups === null ? {} : { groups }),
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

function peerIdentity(config: MemberConfig, { member, cluster }: Pick<Life, "member" | "cluster">, boot: BootNumber): PeerIdentity {
  return { cluster, group: config.group, member, place: config.self, boot };
}

function describe(outcome: Outcome<Reply>): string {
  if (outcome.kind === "refused") return outcome.refusal.message;
  return outcome.kind === "done" ? "added as a learner" : "it may have been added";
}
