// What a replica is made of, and every limit of its own queues and windows. Limits of consensus are in core/raft/inputs.ts.
import type { BootNumber, ClusterId, GroupId, MemberId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import type { RaftLimits, RaftTiming, RecoveredGroup } from "../raft/inputs.ts";
import type { Companion } from "./companion.ts";
import type { PartitionedMachine } from "./partitioned-machine.ts";

/** Who this member is in this life. */
export type ReplicaIdentity = {
  readonly cluster: ClusterId;
  readonly group: GroupId;
  readonly self: MemberId;
  readonly boot: BootNumber;
};

export type ReplicaOptions = {
  readonly identity: ReplicaIdentity;
  /** This member's own, as its directory remembers them; the latest last. */
  readonly earlierLives: readonly BootNumber[];
  /** As the last `writeDisk` that carried any said, or the last `rememberLives`; empty on a blank disk. */
  readonly bootsSeen: Readonly<Record<string, BootNumber>>;
  readonly recovered: RecoveredGroup;
  readonly machine: PartitionedMachine;
  /** What does things of its own accord; most services have none. */
  readonly companion?: Companion;
  readonly random: Random;
  readonly timing: RaftTiming;
  readonly raftLimits: RaftLimits;
  readonly limits: ReplicaLimits;
  /** The highest group version that this binary knows. */
  readonly version: number;
  /** Up to this one the version is raised as soon as everybody knows it; without it, all are. Later ones wait until something needs them. */
  readonly unaskedVersion?: number;
};

/** The three of sessions decide what is executed, so they must be the same on all members of a group. */
export type ReplicaLimits = {
  readonly pendingWritesMax: number;
  readonly pendingReadsMax: number;
  /** A read that got no answer for this long is asked again. */
  readonly readRetryMs: number;
  /** With more entries than this still to be applied before it, a read is refused on a member that does not lead: another has it sooner. */
  readonly readBacklogMax: number;
  /** Of a state in one piece, or of one shard; all shards of a group together have ten times as many. */
  readonly sessionsMax: number;
  /** Answers that a session remembers above what its client has acknowledged. */
  readonly openSerialsMax: number;
  /** Room for all these answers together, of all shards that a group has. */
  readonly answerBytesMax: number;
  /** A snapshot is taken once the log has grown by one of these since the last ... */
  readonly snapshotEntries: number;
  readonly snapshotBytes: number;
  /** ... and takes in memory this many times the last snapshot's size: a large state is not written again and again for a few changes. */
  readonly snapshotGrowth: number;
  readonly snapshotSliceBytes: number;
  /** After a snapshot could not be written. */
  readonly snapshotRetryMs: number;
  /** How long requests that were taken may still finish after `shutdown`. */
  readonly shutdownGraceMs: number;
};

export const DEFAULT_REPLICA_LIMITS: ReplicaLimits = {
  pendingWritesMax: 20_000, // 400 ms of work at 50,000 writes a second
  pendingReadsMax: 20_000,
  readRetryMs: 600, // the longest election timeout: an answer that takes longer than that comes from no leader
  readBacklogMax: 10_000, // some 200 ms of work for a process that has just begun; to ask another member takes a few
  sessionsMax: 100_000,
  openSerialsMax: 256,
  answerBytesMax: 268_435_456, // three million answers of writes
  snapshotEntries: 100_000, // some 40 MB in memory, however small they are, and two seconds of a restart
  snapshotBytes: 67_108_864, // a restart reads this much in about a second
  snapshotGrowth: 0.5,
  snapshotSliceBytes: 262_144, // copied in well under a millisecond
  snapshotRetryMs: 10_000,
  shutdownGraceMs: 2_000,
};

/** The version of a group that nobody has raised yet. */
export const FIRST_VERSION = 1;
/** Moves can be taken back. Raised when the first is; until then an older binary may take over again. */
export const SETTLING_VERSION = 2;
/** Controllers remember which groups are gone for good, and give them nothing. Raised when groups are first said to be. */
export const GONE_VERSION = 3;
/** The highest that there is. */
export const KNOWN_VERSION = GONE_VERSION;
