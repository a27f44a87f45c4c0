// All faults by name. The name is what a plan's line says.
import { bitFlip } from "./bit-flip.ts";
import { clockDrift } from "./clock-drift.ts";
import { clockJump } from "./clock-jump.ts";
import { cloggedLink } from "./clogged-link.ts";
import { conflictingTail } from "./conflicting-tail.ts";
import { crashAtSnapshotStep } from "./crash-at-snapshot-step.ts";
import { crashEverybody } from "./crash-everybody.ts";
import { crashLeaderAfterAppend } from "./crash-leader-after-append.ts";
import { crashQuorum } from "./crash-quorum.ts";
import { damage } from "./damage.ts";
import { delay } from "./delay.ts";
import { diskPausedOverTwoTerms } from "./disk-paused-over-two-terms.ts";
import { drop } from "./drop.ts";
import { duplicate } from "./duplicate.ts";
import { failingFsync } from "./failing-fsync.ts";
import { failingWrite } from "./failing-write.ts";
import type { Fault } from "./fault.ts";
import { flapping } from "./flapping.ts";
import { fullDisk } from "./full-disk.ts";
import { isolateLeader } from "./isolate-leader.ts";
import { leaderSleeps } from "./leader-sleeps.ts";
import { leaderWithUncommitted } from "./leader-with-uncommitted.ts";
import { lostLog } from "./lost-log.ts";
import { memberAdded } from "./member-added.ts";
import { memberRemoved } from "./member-removed.ts";
import { memberReplaced } from "./member-replaced.ts";
import { memoryAltered } from "./memory-altered.ts";
import { oldBackup } from "./old-backup.ts";
import { oneWayCut } from "./one-way-cut.ts";
import { partitionBridge } from "./partition-bridge.ts";
import { partitionHalves } from "./partition-halves.ts";
import { partitionRing } from "./partition-ring.ts";
import { pause } from "./pause.ts";
import { placesClosed } from "./places-closed.ts";
import { powerLoss } from "./power-loss.ts";
import { processKill } from "./process-kill.ts";
import { restart } from "./restart.ts";
import { shortLives } from "./short-lives.ts";
import { slowFsync } from "./slow-fsync.ts";
import { stall } from "./stall.ts";
import { swiftRestart } from "./swift-restart.ts";
import { swizzle } from "./swizzle.ts";
import { transfer } from "./transfer.ts";
import { upgrade } from "./upgrade.ts";
import { wipedDisk } from "./wiped-disk.ts";

export const FAULTS = {
  bitFlip,
  clockDrift,
  clockJump,
  cloggedLink,
  conflictingTail,
  crashAtSnapshotStep,
  crashEverybody,
  crashLeaderAfterAppend,
  crashQuorum,
  damage,
  delay,
  diskPausedOverTwoTerms,
  drop,
  duplicate,
  failingFsync,
  failingWrite,
  flapping,
  fullDisk,
  isolateLeader,
  leaderSleeps,
  leaderWithUncommitted,
  lostLog,
  memberAdded,
  memberRemoved,
  memberReplaced,
  memoryAltered,
  oldBackup,
  oneWayCut,
  partitionBridge,
  partitionHalves,
  partitionRing,
  pause,
  placesClosed,
  powerLoss,
  processKill,
  restart,
  shortLives,
  slowFsync,
  stall,
  swiftRestart,
  swizzle,
  transfer,
  upgrade,
  wipedDisk,
} as const satisfies Record<string, Fault>;

export type FaultKind = keyof typeof FAULTS;

export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];
