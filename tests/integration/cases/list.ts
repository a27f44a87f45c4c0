// The cases in the order in which they run, for each length of the suite.
import type { TestCase } from "../test-case.ts";
import { alteredMemory } from "./altered-memory.ts";
import { backUp } from "./back-up.ts";
import { bigGroup, bigState } from "./big-state.ts";
import { chaosOnBrokenBuilds, chaosOnSoundBuild } from "./chaos.ts";
import { clientLibrary } from "./client-library.ts";
import { commandLine } from "./command-line.ts";
import { copiedDisks } from "./copied-disks.ts";
import { damage } from "./damage.ts";
import { foreignMember } from "./foreign-member.ts";
import { founding } from "./founding.ts";
import { goneGroup } from "./gone-group.ts";
import { idle } from "./idle.ts";
import { jobFiles } from "./job-files.ts";
import { jobs } from "./jobs.ts";
import { badCode } from "./jobs/bad-code.ts";
import { coordinatorFaults } from "./jobs/coordinator-faults.ts";
import { largeTakeover } from "./jobs/large-takeover.ts";
import { halfDies, standsStill, stoppedInOrder, unreachable } from "./jobs/worker-faults.ts";
import { kills } from "./kills.ts";
import { launcher } from "./launcher.ts";
import { leaderKilled, leaderStopped } from "./leader-failover.ts";
import { makeRun } from "./make-run.ts";
import { movingShard, movingWithoutReceiver, movingWithoutSource } from "./moving-shard.ts";
import { noSecondGroup } from "./no-second-group.ts";
import { redisClients } from "./redis-clients.ts";
import { redisTools } from "./redis-tools.ts";
import { s3Outputs } from "./s3-outputs.ts";
import { shardedStore } from "./sharded-store.ts";
import { slowDisk } from "./slow-disk.ts";
import { tooFewReplicas } from "./too-few-replicas.ts";
import { troubledDisk } from "./troubled-disk.ts";
import { wipedMember } from "./wiped-member.ts";
import { withoutControllers } from "./without-controllers.ts";
import { withoutFsync } from "./without-fsync.ts";

/** What may happen to disks and processes without anything acknowledged being lost, and what a newcomer starts first. The longest first, so that the lanes end at about the same time. */
const DATA_CASES: readonly TestCase[] = [
  kills,
  damage,
  noSecondGroup,
  wipedMember,
  makeRun,
  clientLibrary,
  shardedStore,
  withoutFsync,
  troubledDisk,
  foreignMember,
  slowDisk,
];
/** How soon and how evenly it serves meanwhile, jobs, other doors, tools, and ways out. */
const OTHER_CASES: readonly TestCase[] = [
  launcher,
  commandLine,
  jobs,
  coordinatorFaults,
  redisTools,
  alteredMemory,
  founding,
  goneGroup,
  withoutControllers,
  tooFewReplicas,
  copiedDisks,
  backUp,
  leaderKilled,
  leaderStopped,
  movingShard,
  bigState,
  redisClients,
  idle,
];
export const BOUNDED_CASES: readonly TestCase[] = [...DATA_CASES, ...OTHER_CASES];
/** As `make test` and `make test-more` take them. */
export const PARTS: Readonly<Record<string, readonly TestCase[]>> = { data: DATA_CASES, rest: OTHER_CASES };
/** The idle minutes have a run of their own: they need a quiet machine, and nobody should wait for them. */
export const LONG_CASES: readonly TestCase[] = [
  ...BOUNDED_CASES.filter((each) => each !== idle),
  movingWithoutSource,
  movingWithoutReceiver,
  bigGroup,
  jobFiles,
  s3Outputs,
  chaosOnSoundBuild,
  ...chaosOnBrokenBuilds,
  halfDies,
  unreachable,
  standsStill,
  stoppedInOrder,
  badCode,
  largeTakeover,
];
export const IDLE_CASES: readonly TestCase[] = [idle];
