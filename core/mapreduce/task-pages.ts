// Tasks as they lie in the store: so many to a page, each as a short list of numbers, so that a change writes little and a
// take-over reads a job of a hundred thousand tasks in a few hundred values. A page that was never written is all waiting. What is new
// comes at the end of a list: coordinators of earlier versions leave it out.
import { assert } from "../base/assert.ts";
import type { OutputFile } from "./assignment.ts";
import type { Task, TaskAttempt, TaskStatus } from "./task.ts";
import { newTask } from "./task.ts";

export const TASKS_PER_PAGE = 64;

export const pageOf = (task: number): number => Math.floor(task / TASKS_PER_PAGE);
export const pagesFor = (tasks: number): number => Math.ceil(tasks / TASKS_PER_PAGE);

const STATUSES: readonly TaskStatus[] = ["waiting", "running", "done"];

type Packed =
  | 0
  | readonly [
      status: number,
      attempts: number,
      failures: number,
      losses: number,
      winner: readonly [number, number] | 0,
      records: number,
      isCounted: 0 | 1,
      running: readonly (readonly [number, number])[],
      suspects?: readonly (readonly [number, number])[],
      skips?: readonly (readonly [number, string])[],
      files?: readonly OutputFile[],
      regions?: number,
    ];

export function encodePage(tasks: readonly Task[]): string {
  return JSON.stringify(tasks.map(pack));
}

/** `count`: how many tasks the page has, also where fewer were written. */
export function decodePage(text: string | null, count: number): Task[] {
  const packed = text === null ? [] : (JSON.parse(text) as readonly Packed[]);
  assert(packed.length <= count, "a page of more tasks than there are");
  return Array.from({ length: count }, (_, i) => unpack(packed[i] ?? 0));
}

function pack(task: Task): Packed {
  if (task.attempts === 0) return 0;
  const fixed = [
    STATUSES.indexOf(task.status),
    task.attempts,
    task.failures,
    task.losses,
    task.winner === null ? 0 : pair(task.winner),
    task.records,
    task.isCounted ? 1 : 0,
    task.running.map(pair),
  ] as const;
  const isPlain = task.suspects.size + task.skips.size + task.files.length === 0;
  const { regions } = task;
  if (isPlain && regions === 0) return fixed;
  const rest = [[...task.suspects], [...task.skips], task.files] as const;
  return regions === 0 ? [...fixed, ...rest] : [...fixed, ...rest, regions];
}

const pair = ({ attempt, worker }: TaskAttempt): readonly [number, number] => [attempt, worker];
const attemptIn = ([attempt, worker]: readonly [number, number]): TaskAttempt => ({ attempt, worker });

function unpack(packed: Packed): Task {
  if (packed === 0) return newTask();
  const [status, attempts, failures, losses, winner, records, isCounted, running, suspects = [], skips = [], files = [], regions = 0] =
    packed;
  return {
    ...newTask(),
    status: STATUSES[status] ?? "waiting",
    ...{ attempts, failures, losses, records, regions, files, isCounted: isCounted === 1 },
    winner: winner === 0 ? null : attemptIn(winner),
    running: running.map(attemptIn),
    ...(suspects.length + skips.length === 0 ? {} : { suspects: new Map(suspects), skips: new Map(skips) }),
  };
}
