// `flotilla backup …` and `flotilla restore`: all keys of a store in one file, and back.
import { TaskProblem } from "../../../runtime/tasks/task-problem.ts";
import { backupName } from "../backup/backup-names.ts";
import type { BackupFacts } from "../backup/backup-reading.ts";
import { BACKUP_MS_MAX, createBackup, removeAbandoned, removeOld } from "../backup/create-backup.ts";
import { sourceAt, targetAt } from "../backup/places.ts";
import { restoreBackup, verifyBackup } from "../backup/restore-backup.ts";
import { WorkTime } from "../backup/work-time.ts";
import { askAny } from "../cluster/cluster-api.ts";
import type { Context } from "../cluster/context.ts";
import { findContext } from "../cluster/context.ts";
import { openKeyValues, valueOf } from "../cluster/key-values.ts";
import { servedBy } from "../cluster/serving.ts";
import { environment } from "../config.ts";
import type { Argument, Command, Flag } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { onceInterrupted } from "../interrupts.ts";
import { bytesText } from "../jobs/job-lines.ts";
import { textOf } from "../json.ts";
import type { Output } from "../output.ts";
import { counted, MARKS, progressBar, progressOn } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";

const FROM: Argument = { name: "FROM", meaning: "a backup, or the folder or s3://bucket/prefix whose newest one is meant" };
const TIMEOUT: Flag = {
  name: "timeout",
  kind: "duration",
  value: "TIME",
  fallback: 3_600_000,
  min: 1_000,
  max: BACKUP_MS_MAX,
  meaning: "how long all of it may take",
};
/** Of one attempt at a page, or at what is written together. */
const ATTEMPT_MS = 10_000;
const SAY_MS = 10_000;
const S3_SETTINGS = "s3: needs FLOTILLA_S3_ENDPOINT, FLOTILLA_S3_ACCESS_KEY and FLOTILLA_S3_SECRET_KEY, as workers do.";

const create: Command = {
  name: "backup create",
  summary: "write all keys into a file, while the store is used",
  details: `Any bytes, with the times at which keys end by themselves; versions, revisions, sessions and jobs are not in it. It is not of one moment: what was acknowledged before it began and not changed meanwhile is in it, what is written meanwhile may be or not, and of two keys that are written together perhaps one. ${S3_SETTINGS}`,
  arguments: [{ name: "TO", meaning: "a new file; or a folder or s3://bucket/prefix, where it gets a name of its own" }],
  flags: [
    {
      name: "keep",
      kind: "whole",
      value: "N",
      min: 1,
      max: 10_000,
      meaning: "of this cluster's backups in the folder, delete all but the newest N once there is a new one (default: keep all)",
    },
    TIMEOUT,
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla backup create ./backups --keep 7", meaning: "the last seven; the folder has to be there" },
    { command: "flotilla backup create s3://backups/flotilla", meaning: "to a server that speaks S3" },
  ],
  run: runCreate,
};

const verify: Command = {
  name: "backup verify",
  summary: "read a backup to its end, and say whether it is whole",
  details: `Needs no cluster. Ends with 1 where it is not. ${S3_SETTINGS}`,
  arguments: [FROM],
  flags: [TIMEOUT],
  examples: [{ command: "flotilla backup verify ./backups", meaning: "the newest one there" }],
  run: (given, output) =>
    working(given, async (time) => {
      const source = await sourceAt(given.argument("FROM"), environment);
      const { show, onProgress } = progressOf(output);
      const facts = await verifyBackup({ source, time, onProgress });
      show("");
      output.result({ from: source.name, ...facts }, () => `${MARKS.good} ${source.name} is whole: ${factsText(facts)}`);
      return CODES.done;
    }),
};

const restore: Command = {
  name: "restore",
  summary: "write the keys of a backup into a store, best an empty one, before anybody uses it",
  details: `It is read to its end before anything is written. Interrupted, or refused for lack of room, the same command again goes on where it was. Keys that have ended since are left out. ${S3_SETTINGS}`,
  arguments: [FROM],
  flags: [
    {
      name: "into-non-empty",
      kind: "switch",
      meaning: "also into a store that has keys: those that both have get the backup's value, the others stay",
    },
    TIMEOUT,
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla restore ./backups", meaning: "the newest one there" },
    { command: "flotilla restore s3://backups/flotilla --timeout 6h", meaning: "from a server that speaks S3" },
  ],
  run: runRestore,
};

export const BACKUP_COMMANDS: readonly Command[] = [create, verify, restore];

function runCreate(given: Given, output: Output): Promise<number> {
  const keep = given.number("keep");
  return working(given, async (time) => {
    const { home, name } = targetAt(given.argument("TO"), environment);
    if (keep !== null && name !== null) throw new UsageError("--keep is for a folder, and TO names a file", "name the folder");
    const context = await servedBy("replica", findContext(given, { environment, workingDirectory: process.cwd() }));
    const store = openKeyValues(context, { attemptMs: ATTEMPT_MS });
    const { show, onProgress } = progressOf(output);
    try {
      valueOf(await store.reach({ deadlineMs: time.callMs() }));
      const cluster = await clusterOf(context);
      const begunAtMs = Date.now();
      const chosen = name ?? backupName(cluster, begunAtMs);
      const told = (keys: number): void => onProgress(counted(keys, "key"), null);
      const tidying = { home, cluster, onTrouble: (why: string) => output.warn(`what is older stays where it is: ${why}`) };
      if (keep !== null) await removeAbandoned(tidying);
      const created = await createBackup({ store, cluster, home, name: chosen, begunAtMs, time, onProgress: told });
      const removed = keep === null ? [] : await removeOld({ ...tidying, name: chosen, keep });
      show("");
      output.result({ backup: home.shown(chosen), ...created, removed: removed.map((each) => home.shown(each)) }, () =>
        [
          `${home.shown(chosen)} has ${counted(created.keys, "key")} in ${bytesText(created.bytes)}`,
          ...removed.map((each) => `  removed ${home.shown(each)}`),
        ].join("\n"),
      );
      return CODES.done;
    } finally {
      show("");
      await store.close();
    }
  });
}

function runRestore(given: Given, output: Output): Promise<number> {
  return working(given, async (time) => {
    const source = await sourceAt(given.argument("FROM"), environment);
    const context = await servedBy("replica", findContext(given, { environment, workingDirectory: process.cwd() }));
    const store = openKeyValues(context, { attemptMs: ATTEMPT_MS });
    const { show, onProgress } = progressOf(output);
    try {
      const restored = await restoreBackup({ store, source, intoNonEmpty: given.has("into-non-empty"), time, onProgress });
      show("");
      const { written, expired, skipped } = restored;
      const others = [
        ...(skipped > 0 ? [`${counted(skipped, "key")} were written before`] : []),
        ...(expired > 0 ? [`${counted(expired, "key")} have ended since`] : []),
      ];
      output.result({ from: source.name, ...restored }, () =>
        [`${counted(written, "key")} of ${source.name} are written`, ...others.map((each) => `  ${each}`)].join("\n"),
      );
      return CODES.done;
    } finally {
      show("");
      await store.close();
    }
  });
}

/** What S3 has to say is for a person, too. */
async function working(given: Given, work: (time: WorkTime) => Promise<number>): Promise<number> {
  const interrupts = onceInterrupted();
  try {
    return await work(new WorkTime(given.numberOr("timeout"), interrupts));
  } catch (error) {
    throw error instanceof TaskProblem ? new Trouble(error.message) : error;
  } finally {
    interrupts.stop();
  }
}

async function clusterOf({ endpoints, local, tokens }: Context): Promise<string> {
  if (local !== null) return local.cluster.clusterId;
  const cluster = textOf((await askAny(endpoints, { path: "/v1/status", token: tokens.data }))?.fields["clusterId"]);
  if (cluster === null) throw new Trouble(`nobody at ${endpoints.join(", ")} says which cluster this is`, "see what runs: flotilla status");
  return cluster;
}

type Progress = {
  /** Over one line, where there is a terminal. */
  readonly show: (line: string) => void;
  readonly onProgress: (what: string, share: number | null) => void;
};

/** Where there is no terminal, a line now and then. */
function progressOf(output: Output): Progress {
  const show = progressOn(process.stderr, process.stderr.isTTY === true);
  let saidMs = performance.now();
  const onProgress = (what: string, share: number | null): void => {
    show(share === null ? what : `${progressBar(share)} ${what}`);
    if (process.stderr.isTTY === true || performance.now() - saidMs < SAY_MS) return;
    saidMs = performance.now();
    output.progress(what);
  };
  return { show, onProgress };
}

const factsText = ({ keys, createdAt, cluster }: BackupFacts): string =>
  `${counted(keys, "key")} of cluster ${cluster}, begun ${createdAt}`;
