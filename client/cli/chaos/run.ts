// One run from its beginning to its verdict: load over both doors, jobs, faults, and then the checks.
import { Random } from "../../../core/base/random.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Failure } from "../../../core/linearizability/checker.ts";
import type { KvHistory, KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { Door } from "../load/door.ts";
import type { RecordedClient, Told } from "../load/recorded-clients.ts";
import { recordClients } from "../load/recorded-clients.ts";
import { Trouble } from "../trouble.ts";
import type { ClusterFacts } from "../status/cluster-facts.ts";
import type { ClusterView, GroupView } from "../status/cluster-view.ts";
import { checkExactlyOnce, checkJobs, checkLinearizable, checkRecovery, checkSeen } from "./checks.ts";
import { Digests } from "./digests.ts";
import type { Injector } from "./injector.ts";
import type { JobLoadOptions, JobRun } from "./job-load.ts";
import { JobLoad } from "./job-load.ts";
import { demandWritable } from "./jobs-folder.ts";
import type { JournalResult } from "./journals.ts";
import { Journals } from "./journals.ts";
import { patiently } from "./patiently.ts";
import { Pulse } from "./pulse.ts";
import type { FaultRecord, RoundsOptions } from "./rounds.ts";
import { hasEndedRun, Rounds } from "./rounds.ts";
import type { Allowed } from "./schedule.ts";
import { schedule } from "./schedule.ts";
import type { Second } from "./timeline.ts";
import { Timeline } from "./timeline.ts";
import type { Check, Verdict } from "./verdict.ts";
import { EXIT_CODE_OF_VERDICT, verdictOf } from "./verdict.ts";
import type { Sample } from "./watch.ts";
import { SeenWell, Watch } from "./watch.ts";
import { pause } from "../../waiting.ts";

/** What a run needs of a cluster, wherever it is. */
export type ChaosCluster = {
  readonly injector: Injector;
  readonly gather: () => Promise<ClusterFacts>;
  /** Clients that write and read on keys that all share. The first reads everything in the end. */
  readonly clients: readonly RecordedClient[];
  /** For journals, which only have patient clients. */
  readonly journals: readonly Door[];
  /** For questions to each group, which soon gives one up. */
  readonly pulse: Door;
  /** Null: there are no coordinators. */
  readonly jobs: Pick<JobLoadOptions, "jobs" | "directory"> | null;
  readonly move: (shard: number, group: string) => Promise<void>;
};

export type ChaosOptions = {
  readonly cluster: ChaosCluster;
  readonly seed: number;
  readonly durationMs: number;
  readonly allowed: Allowed;
  /** What keys and jobs of this run begin with. */
  readonly prefix: string;
  readonly limits: RoundsOptions["limits"];
  readonly isInterrupted: () => boolean;
  readonly onFault: RoundsOptions["onFault"];
  readonly onRecord: (record: FaultRecord) => void;
  readonly say: (line: string) => void;
};

export type ChaosResult = {
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly seed: number;
  readonly startedAt: string;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly isInterrupted: boolean;
  readonly faults: readonly FaultRecord[];
  readonly jobs: readonly JobRun[];
  readonly journals: JournalResult;
  readonly seconds: readonly Second[];
  readonly samples: readonly Sample[];
  readonly history: KvHistory;
  readonly failure: Failure<KvInput, KvOutput> | null;
};

const REST_MS = 12;
const JOURNAL_REST_MS = 25;
/** Of a chart's 64 groups that makes 320 questions a second, a fraction of the load. */
const PULSE_REST_MS = 200;
const JOB_PAUSE_MS = 10_000;
/** Calm before the verdict, in which members catch up with each other. */
const SETTLE_MS = 1_500;
/** Until all members of each group were seen at one index. */
const COMPARED_MS = 15_000;
const SHARDS_MOVED = 3;
const MOVED_MS = 20_000;
/** Until one of them finds somebody. */
const ROUNDS_TRIED = 10;
const LOOK_MS = 100;

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { cluster, seed, prefix, isInterrupted, say } = options;
  const random = new Random(seed);
  const watch = new Watch(cluster.gather);
  if (cluster.jobs !== null) demandWritable(cluster.jobs.directory);
  const whyNotBefore = await whyNotWhole(watch, options.limits.wholeMs);
  // What is broken before the first fault would be blamed on it.
  if (whyNotBefore !== null)
    throw new Trouble(
      `the cluster is not well before the first fault: ${whyNotBefore}`,
      "see: flotilla status",
      EXIT_CODE_OF_VERDICT.unchecked,
    );
  const startedAt = new Date().toISOString();
  const beganMs = performance.now();
  const owners = (): ClusterView["owners"] => watch.view?.owners ?? null;
  const timeline = new Timeline(beganMs, owners);
  const onTold = (told: Told): void => timeline.note(told);
  const journals = new Journals({ doors: cluster.journals, prefix: `${prefix}/`, restMs: JOURNAL_REST_MS, onTold });
  const pulse = new Pulse({ door: cluster.pulse, prefix: `${prefix}/`, restMs: PULSE_REST_MS, owners, onTold });
  const jobs = cluster.jobs === null ? null : new JobLoad({ ...cluster.jobs, random: random.child("jobs"), prefix, pauseMs: JOB_PAUSE_MS });
  let [isOver, struckOnce] = [false, false];
  for (const each of [watch, journals, pulse, jobs]) each?.start();
  const recording = recordClients({
    ...{ clients: cluster.clients, prefix: `${prefix}/`, random: random.child("clients"), restMs: REST_MS, onTold },
    ...{ durationMs: Infinity, isOver: () => isOver, onProgress: () => undefined },
  });
  const rounds = new Rounds({
    ...{ injector: cluster.injector, look: () => watch.look(), timeline, limits: options.limits },
    ask: (group, name) => watch.ask(group, name),
    moveShards: (from) => moveShards(options, watch, { from, keys: journals.keys }),
    mayTakeQuorum: options.allowed.mayTakeQuorum,
    isOver: () => isInterrupted() || (performance.now() - beganMs >= options.durationMs && struckOnce),
    onFault: options.onFault,
    onRecord: (record) => {
      // A machine that is slow must not make a run of nothing.
      struckOnce ||= record.target !== null || record.number >= ROUNDS_TRIED;
      options.onRecord(record);
    },
  });
  const faults = await rounds.play(schedule(random.child("faults"), options.allowed));
  say("The faults are over. What clients were told is read again, and judged …");
  await pause(SETTLE_MS);
  // Where something did not come back this is known already.
  const isKnown = faults.some(hasEndedRun);
  const whyNotAfter = isKnown ? null : await whyNotWhole(watch, options.limits.wholeMs);
  isOver = true;
  const [{ history, unread }, runs] = await Promise.all([recording, jobs?.finish() ?? [], pulse.finish()]);
  const journal = await journals.finish(cluster.journals[0] as Door);
  await watch.stop();
  const digests = await compared(cluster, isKnown ? 0 : COMPARED_MS);
  const { check: linearizable, failure } = checkLinearizable(history, unread);
  const seen = [...watch.problems, ...cluster.injector.unexpectedEnds()];
  const checks = [
    linearizable,
    checkExactlyOnce(journal),
    ...(jobs === null ? [] : [checkJobs(runs)]),
    checkRecovery(faults, whyNotAfter),
    checkSeen(seen, digests),
  ];
  const { seconds, samples } = { seconds: timeline.seconds(), samples: watch.samples };
  return {
    ...{ verdict: verdictOf(checks), checks, seed, startedAt, beganMs, endedMs: performance.now(), isInterrupted: isInterrupted() },
    ...{ faults, jobs: runs, journals: journal, seconds, samples, history, failure },
  };
}

/** Null as soon as all is well; what is missing where it is not in time. */
async function whyNotWhole(watch: Watch, deadlineMs: number): Promise<string | null> {
  const untilMs = performance.now() + deadlineMs;
  const seen = new SeenWell();
  for (;;) {
    const view = await watch.look();
    seen.note(view);
    const why = seen.whyNotWhole(view);
    if (why === null || performance.now() > untilMs) return why;
    await pause(LOOK_MS);
  }
}

/** What members hold when nobody here writes any more. Coordinators still do, and so may others. */
async function compared({ gather }: ChaosCluster, deadlineMs: number): Promise<Digests> {
  const untilMs = performance.now() + deadlineMs;
  const digests = new Digests();
  for (;;) {
    digests.note(await gather());
    if (digests.uncompared.length === 0 || performance.now() > untilMs) return digests;
    await pause(LOOK_MS);
  }
}

type Moving = { readonly from: string; readonly keys: readonly string[] };

/** Shards whose keys are written all the time, to the group that has the fewest, which is told; null: there is no other. */
async function moveShards({ cluster }: ChaosOptions, watch: Watch, { from, keys }: Moving): Promise<GroupView | null> {
  const view = await watch.look();
  const to = view.groups
    .filter(({ service, group }) => service === "replica" && group !== from)
    .sort((a, b) => (a.shards ?? 0) - (b.shards ?? 0))[0];
  if (to === undefined || view.owners === null) return null;
  const shards = new Set(keys.map((key) => shardOf(Buffer.from(key))).filter((shard) => view.owners?.[shard] === from));
  const untilMs = performance.now() + MOVED_MS;
  // The controllers may be struck at the same moment.
  await Promise.all([...shards].slice(0, SHARDS_MOVED).map((shard) => patiently(untilMs, () => cluster.move(shard, to.group))));
  return to;
}
