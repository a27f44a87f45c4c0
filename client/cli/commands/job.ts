// `flotilla job …`: submit a job and watch it, look at it, read what its tasks logged, cancel it.
import { randomBytes } from "node:crypto";
import type { JobView } from "../../../core/coordinator/view.ts";
import type { TaskView } from "../../../core/coordinator/view.ts";
import { DEFAULT_OPTIONS, INPUT_FORMATS, ISOLATIONS, OUTPUT_FORMATS, PARTITIONERS } from "../../../core/mapreduce/job.ts";
import { REDUCES_MAX } from "../../../core/mapreduce/plan.ts";
import { JOB_DECLARATIONS } from "../code/declarations.ts";
import { jobCode, JobFileError } from "../code/job-file.ts";
import { findContext } from "../cluster/context.ts";
import { servedBy } from "../cluster/serving.ts";
import { environment } from "../config.ts";
import type { Argument, Command, Flag } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { JobApi } from "../jobs/job-api.ts";
import { endedLines, progressLine, shareOf } from "../jobs/job-lines.ts";
import { isJobFile, jobIdFor, jobRequest } from "../jobs/job-request.ts";
import type { LocalJob } from "../jobs/local-job.ts";
import { checkIsLocal, runLocally, runMapLocally } from "../jobs/local-job.ts";
import { TaskProblem } from "../../../runtime/tasks/task-problem.ts";
import type { Output } from "../output.ts";
import { counted, progressOn, table } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";
import { pause } from "../../waiting.ts";

const JOB: Argument = { name: "JOB", meaning: "its id" };
const LOOK_MS = 250;

const RUN_FLAGS: readonly Flag[] = [
  { name: "to", kind: "text", value: "URL", meaning: "where the parts go, one file for each reduce; it must not exist yet" },
  { name: "reduces", kind: "whole", value: "N", min: 1, max: REDUCES_MAX, meaning: "parts of the output (default 8)" },
  { name: "split-bytes", kind: "whole", value: "N", min: 1, max: 2 ** 40, meaning: "input of one map (default 16777216)" },
  { name: "id", kind: "text", value: "ID", meaning: "submitted again, it is the same job; without one, one is made" },
  {
    name: "format",
    kind: "text",
    value: "FORMAT",
    fallback: "tab",
    choices: OUTPUT_FORMATS,
    meaning: "between key and value: a TAB, or a space as in the labs",
  },
  {
    name: "input-format",
    kind: "text",
    value: "FORMAT",
    fallback: "lines",
    choices: INPUT_FORMATS,
    meaning: "what a record of the input is",
  },
  { name: "partitioner", kind: "text", value: "NAME", fallback: "hash", choices: PARTITIONERS, meaning: "which part a key belongs to" },
  {
    name: "isolation",
    kind: "text",
    value: "KIND",
    fallback: "process",
    choices: ISOLATIONS,
    meaning: "none: only workers with FLOTILLA_TRUSTED_JOBS=1 take it",
  },
  {
    name: "skip",
    kind: "whole",
    value: "N",
    fallback: DEFAULT_OPTIONS.skipsMax,
    min: 0,
    max: 1_000_000,
    meaning: "records that may be left out because the job's code fails on them",
  },
  { name: "parameters", kind: "text", value: "NAME=VALUE,…", meaning: "for the app: grep needs pattern=…" },
  { name: "no-backups", kind: "switch", meaning: "nothing slow is started a second time" },
  { name: "local", kind: "switch", meaning: "without a cluster: all of it in this process, one task after the other, and on files only" },
  { name: "task", kind: "whole", value: "N", min: 0, max: 1_000_000, meaning: "with --local: only this map task" },
  { name: "no-wait", kind: "switch", meaning: "return once it is taken" },
];

const run: Command = {
  name: "job run",
  summary: "run a job, and watch it until it ends",
  details: "Ctrl-C stops watching, not the job: flotilla job status JOB, flotilla job cancel JOB.",
  arguments: [
    { name: "APP", meaning: "word-count, grep, inverted-index, sort, url-count, reverse-links, term-vector; or a job file, ./job.ts" },
    { name: "INPUT", meaning: "files, folders or URLs", isList: true },
  ],
  flags: [...RUN_FLAGS, ...CLUSTER_FLAGS],
  examples: [
    { command: "flotilla job run word-count ./books --to ./counts", meaning: "how often each word is there" },
    { command: "flotilla job run grep ./logs --to ./found --parameters pattern=error", meaning: "lines that match" },
  ],
  run: runJob,
};

const list: Command = {
  name: "job list",
  summary: "all jobs, the newest last",
  arguments: [],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla job list", meaning: "one line for each" }],
  run: async (given, output) => {
    const { jobs } = (await (await apiOf(given)).list()) as unknown as { readonly jobs: readonly JobView[] };
    output.result(jobs, () =>
      jobs.length === 0
        ? "there is no job"
        : table(
            jobs.map((job) => [
              job.id,
              job.state,
              job.program,
              `${Math.round(100 * shareOf(job))} %`,
              new Date(job.submittedAt).toISOString(),
            ]),
          ),
    );
    return CODES.done;
  },
};

const status: Command = {
  name: "job status",
  summary: "how a job stands, and its tasks that are not done",
  details: "Ends with 1 where the job failed or was cancelled.",
  arguments: [JOB],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla job status word-count-1a2b3c", meaning: "with what runs where" }],
  run: async (given, output) => {
    const api = await apiOf(given);
    const job = await viewOf(api, given.argument("JOB"));
    const tasks = await api.tasks(job.id);
    output.result({ ...job, tasks }, () =>
      [...(isOver(job) ? endedLines(job, output.paint) : [progressLine(job, Date.now())]), ...openTasks(tasks)].join("\n"),
    );
    return job.state === "failed" || job.state === "cancelled" ? CODES.failed : CODES.done;
  },
};

const logs: Command = {
  name: "job logs",
  summary: "the end of what a task logged",
  arguments: [JOB, { name: "TASK", meaning: "map-3, reduce-0, list-0" }],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla job logs word-count-1a2b3c map-3", meaning: "of its last attempt" }],
  run: async (given, output) => {
    const task = given.argument("TASK");
    if (!/^(list|map|reduce)-[0-9]{1,9}$/.test(task))
      throw new UsageError(`${JSON.stringify(task)} is no task`, "a task looks like map-3 or reduce-0");
    const { log } = (await (await apiOf(given)).log(given.argument("JOB"), task)) as unknown as { readonly log: string };
    output.result({ log }, () => (log === "" ? "it has logged nothing" : log.trimEnd()));
    return CODES.done;
  },
};

const cancel: Command = {
  name: "job cancel",
  summary: "end a job; nothing of its output becomes visible",
  arguments: [JOB],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla job cancel word-count-1a2b3c", meaning: "its workers are free at once" }],
  run: async (given, output) => {
    const job = (await (await apiOf(given)).cancel(given.argument("JOB"))) as unknown as JobView;
    output.result(job, () =>
      isOver(job) ? endedLines(job, output.paint).join("\n") : "its output is being made visible already: it ends as it is",
    );
    return job.state === "cancelled" ? CODES.done : CODES.failed;
  },
};

export const JOB_COMMANDS: readonly Command[] = [run, list, status, logs, cancel];

async function runJob(given: Given, output: Output): Promise<number> {
  const program = given.argument("APP");
  const id = given.text("id") ?? jobIdFor(program, randomBytes(4).toString("hex"));
  if (given.has("local")) checkIsLocal(jobRequest(given, id, null));
  const code = isJobFile(program) ? await codeIn(program, given) : null;
  if (given.has("local")) return runHere(given, output, { request: jobRequest(given, id, code), code });
  const api = await apiOf(given);
  await api.submit(jobRequest(given, id, code), code !== null);
  if (given.has("no-wait")) {
    output.result({ id }, () => `Job ${id} is taken: flotilla job status ${id}`);
    return CODES.done;
  }
  output.say(`Job ${id}`);
  const job = await watch(api, id, output);
  output.result(job, () => endedLines(job, output.paint).join("\n"));
  return job.state === "succeeded" ? CODES.done : CODES.failed;
}

async function runHere(given: Given, output: Output, job: Omit<LocalJob, "print">): Promise<number> {
  const local = { ...job, print: (text: string) => output.say(text) };
  const task = given.number("task");
  try {
    if (task === null) {
      const result = await runLocally(local);
      output.result(result, () => `${counted(result.maps, "map task")}, ${counted(result.pairsRead, "pair")}: done`);
      return CODES.done;
    }
    const report = await runMapLocally(local, task);
    output.result(report, () => (report.result.kind === "failed" ? report.result.failure.message : `map task ${String(task)} is done`));
    return report.result.kind === "failed" ? CODES.failed : CODES.done;
  } catch (error) {
    if (error instanceof TaskProblem) throw new Trouble(error.message);
    throw error;
  }
}

/** Checked and bundled here: nothing is submitted that can't be loaded. */
async function codeIn(path: string, given: Given): Promise<string> {
  try {
    return (await jobCode(path, { declarations: JOB_DECLARATIONS, mayUseNode: given.text("isolation") === "none" })).code;
  } catch (error) {
    if (error instanceof JobFileError) throw new Trouble(error.message);
    throw error;
  }
}

async function watch(api: JobApi, id: string, output: Output): Promise<JobView> {
  const progress = progressOn(process.stdout, output.isTerminal && output.format === "table");
  for (;;) {
    const job = await viewOf(api, id);
    if (isOver(job)) {
      progress("");
      return job;
    }
    progress(progressLine(job, Date.now()));
    await pause(LOOK_MS);
  }
}

const viewOf = async (api: JobApi, id: string): Promise<JobView> => (await api.job(id)) as unknown as JobView;
const isOver = ({ state }: JobView): boolean => state === "succeeded" || state === "failed" || state === "cancelled";

async function apiOf(given: Given): Promise<JobApi> {
  return new JobApi(await servedBy("coordinator", findContext(given, { environment, workingDirectory: process.cwd() })));
}

const TASKS_SHOWN = 20;

function openTasks(tasks: readonly TaskView[]): readonly string[] {
  const open = tasks.filter(({ state }) => state === "running");
  const rows = open
    .slice(0, TASKS_SHOWN)
    .map(({ phase, task, attempts, running, input }) => [
      `${phase}-${task}`,
      `attempt ${attempts}`,
      running.map(({ worker, fraction }) => `${worker} ${Math.round(100 * fraction)} %`).join(", "),
      input ?? "",
    ]);
  const rest = open.length - rows.length;
  return [...(rows.length === 0 ? [] : [table(rows)]), ...(rest > 0 ? [`  and ${counted(rest, "task")} more`] : [])];
}
