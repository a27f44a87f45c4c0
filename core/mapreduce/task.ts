// The life of a task, as a table. A task is an attempt that counted, or not yet; attempts come and go in between. A map that
// was done can be lost with the disk that holds its output, and then waits again; everything else that is done stays done.
import { assert } from "../base/assert.ts";
import type { OutputFile } from "./assignment.ts";

export const TASK_TRANSITIONS = {
  waiting: ["running", "done"],
  running: ["waiting", "done"],
  done: ["waiting"],
} as const satisfies Record<string, readonly string[]>;

export type TaskStatus = keyof typeof TASK_TRANSITIONS;

/** `worker`: where, as a position in the job's list of workers. */
export type TaskAttempt = { readonly attempt: number; readonly worker: number };

export type Task = {
  status: TaskStatus;
  /** The last number that was given to an attempt: the next one is higher, also after a take-over. */
  attempts: number;
  /** Since it was last done, or since a record was last left out. */
  failures: number;
  /** Attempts that ended by no fault of the task's. Since it was last done. */
  losses: number;
  running: readonly TaskAttempt[];
  /** The one attempt whose output counts. Null unless done. */
  winner: TaskAttempt | null;
  /** Pairs that the winner of a map wrote, or that the winner of a reduce read. */
  records: number;
  /** By which the regions of two attempts of a map are told apart, as far as their numbers of records do; 0: not known. */
  regions: number;
  /** What the winner of a reduce wrote, under temporary names. */
  files: readonly OutputFile[];
  /** Whether its counters are among the job's: they are added once, however often it is done. */
  isCounted: boolean;
  /** Records that made attempts fail, and how often. */
  suspects: ReadonlyMap<number, number>;
  /** Records that are left out from now on, and why. */
  skips: ReadonlyMap<number, string>;
};

/** There are hundreds of thousands of tasks, and next to none has any. */
const NONE: ReadonlyMap<number, never> = new Map<number, never>();

export function newTask(): Task {
  return {
    ...{ status: "waiting", attempts: 0, failures: 0, losses: 0, running: [], winner: null, records: 0 },
    ...{ regions: 0, files: [], isCounted: false },
    suspects: NONE,
    skips: NONE,
  };
}

export function beginAttempt(task: Task, worker: number): number {
  assert(task.status !== "done", "an attempt of a task that is done");
  if (task.status === "waiting") move(task, "running");
  task.attempts++;
  task.running = [...task.running, { attempt: task.attempts, worker }];
  return task.attempts;
}

/** It is over and did not count. Back to waiting when it was the last one. */
export function endAttempt(task: Task, attempt: number): void {
  task.running = task.running.filter((each) => each.attempt !== attempt);
  if (task.status === "running" && task.running.length === 0) move(task, "waiting");
}

export type Completion = TaskAttempt & Pick<Task, "records" | "regions" | "files">;

/** The attempt counts. The others that still run are for nothing. */
export function completeTask(task: Task, { attempt, worker, records, regions, files }: Completion): void {
  assert(attempt >= 1 && attempt <= task.attempts, `attempt ${attempt} was never given out`);
  move(task, "done");
  task.winner = { attempt, worker };
  task.records = records;
  task.regions = regions;
  task.files = files;
  task.failures = 0;
  task.losses = 0;
  task.running = [];
}

/** The output of the attempt that counts was copied, whole. */
export function moveOutput(task: Task, worker: number): void {
  assert(task.winner !== null, "an output of a task that is not done");
  task.winner = { ...task.winner, worker };
}

/** Its output is gone. */
export function loseOutput(task: Task): void {
  move(task, "waiting");
  task.winner = null;
}

function move(task: Task, to: TaskStatus): void {
  const allowed: readonly TaskStatus[] = TASK_TRANSITIONS[task.status];
  assert(allowed.includes(to), `a task goes from ${task.status} to ${to}`);
  task.status = to;
}
