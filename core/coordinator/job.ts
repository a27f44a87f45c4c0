// One job in the memory of the coordinator that has it: what the store says of it, what has changed since, and what is only
// known here (which attempts were heard of, and how far they are).
import { assert } from "../base/assert.ts";
import type { AttemptName, InputSplit, Phase } from "../mapreduce/assignment.ts";
import { PHASES } from "../mapreduce/assignment.ts";
import type { JobDescription } from "../mapreduce/job.ts";
import { filesKey, pageKey, recordKey } from "../mapreduce/job-keys.ts";
import type { JobRecord, WorkerPlace } from "../mapreduce/job-record.ts";
import { encodeRecord, hasEnded } from "../mapreduce/job-record.ts";
import { planSplits } from "../mapreduce/plan.ts";
import type { InputFile, Work } from "../mapreduce/report.ts";
import { NO_WORK } from "../mapreduce/report.ts";
import type { TaskAttempt } from "../mapreduce/task.ts";
import type { JobEvent, Writes } from "./effects.ts";
import type { Hold } from "./hold.ts";
import { TaskTable } from "./task-table.ts";

/** An attempt that runs somewhere, as far as is known. */
export type LiveAttempt = {
  readonly name: AttemptName;
  readonly worker: string;
  readonly isBackup: boolean;
  readonly grantedMs: number;
  seenMs: number;
  /** When it had last read or written more than before. */
  progressedMs: number;
  fraction: number;
  work: Work;
};

export type JobTables = Readonly<Record<Phase, TaskTable>>;

export type JobParts = {
  readonly description: JobDescription;
  readonly fence: number;
  readonly record: JobRecord;
  readonly files: readonly InputFile[];
  readonly tables: JobTables;
};

/** Inputs are written down in pieces of so many files, or fewer where their names are long. */
const FILES_PER_PAGE = 500;
const FILES_LENGTH_MAX = 262_144;
/** Of all logs of a job's attempts that did their work together, and of all of those that failed: these are what people look for. */
const LOG_BYTES_MAX = 262_144;

/** Of what is written beside the tasks, in one transaction. */
const WRITE_BYTES_MAX = 262_144;

type Commit = { readonly holds: readonly Hold[]; readonly events: readonly JobEvent[] };

export class Job {
  readonly id: string;
  readonly description: JobDescription;
  readonly fence: number;
  readonly live = new Map<string, LiveAttempt>();
  /** By map attempt: which reduces could not fetch its output. */
  readonly troubles = new Map<string, Map<number, number>>();
  /** Workers that had trouble of their own with a task, and until when they don't get it again. */
  readonly avoided = new Map<string, Map<string, number>>();
  /** Tasks that failed by what may pass, and until when nobody gets them again. */
  readonly paused = new Map<string, number>();
  /** Outputs that their workers have lost, and that still have to be given up. */
  readonly missing = new Map<number, TaskAttempt>();
  /** Map outputs that somebody was told to take over, and until when that is waited for. */
  readonly adopting = new Map<number, number>();
  /** How long attempts took that counted, the latest ones. */
  readonly durations: Readonly<Record<Phase, number[]>> = { list: [], map: [], reduce: [], publish: [], finish: [] };
  /** When this coordinator took it over. */
  openedMs = 0;
  /** When it last got further here: a task was done, or an attempt had read or written more than before. */
  progressedMs = 0;
  splits: readonly InputSplit[];
  /** Where inputs lie, by their URL, as far as they lie somewhere. */
  #nodes: ReadonlyMap<string, readonly string[]>;
  tables: JobTables;
  #record: JobRecord;
  #isRecordDirty = false;
  #extra: [string, string][] = [];
  readonly #logBytes = { done: 0, failed: 0 };
  #told = 0;
  #pending: { holds: Hold[]; events: JobEvent[] } = { holds: [], events: [] };
  #inFlight: Commit | null = null;
  readonly #workerNumbers = new Map<string, number>();

  constructor({ description, fence, record, files, tables }: JobParts) {
    this.id = description.id;
    this.description = description;
    this.fence = fence;
    this.tables = tables;
    this.#record = record;
    this.splits = planSplits(files, description.splitBytes);
    this.#nodes = nodesOf(files);
    record.workers.forEach(({ id }, i) => this.#workerNumbers.set(id, i));
  }

  /** By which workers know it. */
  get run(): string {
    return this.#record.run ?? this.id;
  }

  get record(): JobRecord {
    return this.#record;
  }

  change(change: Partial<JobRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#isRecordDirty = true;
  }

  get hasEnded(): boolean {
    return hasEnded(this.#record.status);
  }

  /** The inputs are known: from here on there are maps and reduces. */
  plan(files: readonly InputFile[], boundaries: readonly string[] | null): void {
    const { reduces, splitBytes } = this.description;
    this.splits = planSplits(files, splitBytes);
    this.#nodes = nodesOf(files);
    const pages = pagesOf(files);
    for (const [page, text] of pages.entries()) this.#extra.push([filesKey(this.id, page), text]);
    this.tables = {
      ...this.tables,
      map: TaskTable.blank("map", this.splits.length),
      reduce: TaskTable.blank("reduce", reduces),
      publish: TaskTable.blank("publish", reduces),
    };
    this.change({ maps: this.splits.length, filePages: pages.length, boundaries });
  }

  /** A worker of this job may have come back under another address. */
  meet({ worker, origin }: { readonly worker: string; readonly origin: string }): void {
    if (this.#workerNumbers.has(worker) && !this.hasEnded) this.workerNumber({ id: worker, origin });
  }

  isNear(map: number, node: string): boolean {
    return this.#nodes.get(this.splits[map]?.url ?? "")?.includes(node) ?? false;
  }

  /** Its number in this job, also under a new address. */
  workerNumber({ id, origin }: WorkerPlace): number {
    const known = this.#workerNumbers.get(id);
    const number = known ?? this.#record.workers.length;
    if (this.#record.workers[number]?.origin === origin) return number;
    this.#workerNumbers.set(id, number);
    const workers = [...this.#record.workers];
    workers[number] = { id, origin };
    this.change({ workers });
    return number;
  }

  knownWorkerNumber(id: string): number | null {
    return this.#workerNumbers.get(id) ?? null;
  }

  workerAt(number: number): WorkerPlace {
    const found = this.#record.workers[number];
    assert(found !== undefined, `job ${this.id} has no worker ${number}`);
    return found;
  }

  addLive(live: Pick<LiveAttempt, "name" | "worker" | "isBackup">, nowMs: number): void {
    this.live.set(liveKey(live.name), { ...live, grantedMs: nowMs, seenMs: nowMs, progressedMs: nowMs, fraction: 0, work: NO_WORK });
  }

  /** Attempts that the store says run: each gets a whole lease to be heard of. */
  revive(nowMs: number): void {
    this.openedMs = nowMs;
    this.progressedMs = nowMs;
    for (const phase of PHASES) {
      for (const task of this.tables[phase].running) {
        for (const { attempt, worker } of this.tables[phase].at(task).running) {
          const name = { job: this.run, phase, task, attempt };
          this.addLive({ name, worker: this.workerAt(worker).id, isBackup: false }, nowMs);
        }
      }
    }
  }

  keepLog(key: string, log: string, of: "done" | "failed"): void {
    if (log === "" || this.#logBytes[of] + log.length > LOG_BYTES_MAX) return;
    this.#logBytes[of] += log.length;
    this.#extra.push([key, log]);
  }

  tell(event: Omit<JobEvent, "number">): void {
    this.#pending.events.push({ ...event, number: ++this.#told });
  }

  /** How many events there were: what is seen of it now has what they say. */
  get told(): number {
    return this.#told;
  }

  get isDirty(): boolean {
    return this.#isRecordDirty || this.#extra.length > 0 || PHASES.some((phase) => this.tables[phase].isDirty);
  }

  /** False: what it would wait for is in the store already. */
  holdUntilCommitted(hold: Hold): boolean {
    if (this.isDirty) this.#pending.holds.push(hold);
    else if (this.#inFlight !== null) this.#inFlight = { ...this.#inFlight, holds: [...this.#inFlight.holds, hold] };
    else return false;
    return true;
  }

  /** What is to be written now; null: nothing, or the last one is still on its way. */
  takeCommit(): Writes | null {
    if (this.#inFlight !== null || !this.isDirty) return null;
    const ahead = this.#takeAhead();
    if (ahead !== null) return ahead;
    const pages = PHASES.flatMap((phase) =>
      this.tables[phase].takeDirty().map(([page, text]) => [pageKey(this.id, phase, page), text] as const),
    );
    const writes = [...this.#extra, ...pages, [recordKey(this.id), encodeRecord(this.#record)] as const];
    this.#isRecordDirty = false;
    this.#extra = [];
    this.#inFlight = this.#pending;
    this.#pending = { holds: [], events: [] };
    return writes;
  }

  /** What is too much for one transaction goes ahead in parts: nothing refers to it before the record does. */
  #takeAhead(): Writes | null {
    let bytes = 0;
    const end = this.#extra.findIndex(([, value]) => (bytes += value.length) > WRITE_BYTES_MAX);
    if (end === -1) return null;
    this.#inFlight = { holds: [], events: [] };
    return this.#extra.splice(0, Math.max(1, end));
  }

  committed(): Commit {
    const commit = this.#inFlight;
    assert(commit !== null, `job ${this.id} has nothing under way`);
    this.#inFlight = null;
    return commit;
  }

  get isSettled(): boolean {
    return this.#inFlight === null && !this.isDirty;
  }

  /** Everybody who waits for this job's writes: it is no longer ours. Those that are on their way may be done, the others are not and won't be. */
  abandon(): { readonly sent: readonly Hold[]; readonly unsent: readonly Hold[] } {
    return { sent: this.#inFlight?.holds ?? [], unsent: this.#pending.holds };
  }
}

export const liveKey = ({ phase, task, attempt }: Omit<AttemptName, "job">): string => `${phase}-${task}/${attempt}`;

function pagesOf(files: readonly InputFile[]): readonly string[] {
  const pages: string[] = [];
  let page: string[] = [];
  let length = 0;
  const end = (): void => {
    if (page.length > 0) pages.push(`[${page.join(",")}]`);
    [page, length] = [[], 0];
  };
  for (const text of files.map((file) => JSON.stringify(file))) {
    if (page.length === FILES_PER_PAGE || length + text.length > FILES_LENGTH_MAX) end();
    page.push(text);
    length += text.length;
  }
  end();
  return pages;
}

function nodesOf(files: readonly InputFile[]): ReadonlyMap<string, readonly string[]> {
  return new Map(files.flatMap(({ url, nodes }) => (nodes.length === 0 ? [] : [[url, nodes]])));
}
