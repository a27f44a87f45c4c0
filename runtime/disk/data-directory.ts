// A member's data directory: who it belongs to, how often it was started, and that only one process uses it. The boot
// number has risen, durably, before anybody hears of an opened directory: two lives never look the same to their peers.
//
//   identity.json        whose directory this is         log/  snapshots/    what the member keeps
//   lock-<process>       who uses it                     aside-<n>/          what was set aside when it began anew
import { asBoot } from "../../core/base/ids.ts";
import type { BootNumber } from "../../core/base/ids.ts";
import type { Identity } from "../../core/replica/identity.ts";
import { lifeNumber, LIVES_KEPT } from "../../core/replica/life-number.ts";
import { encodeDirectoryRecord, readDirectoryRecord } from "./directory/identity-file.ts";
import type { DirectoryRecord } from "./directory/identity-file.ts";
import { makeDirectory } from "./directory/make-directory.ts";
import { readFile, replaceFile } from "./directory/whole-file.ts";
import { problemOfFileError } from "./disk-problem.ts";
import type { DiskAnswer, DiskProblem } from "./disk-problem.ts";
import type { FileLock, FilePort } from "./file-port.ts";
import { SerialTasks } from "./serial-tasks.ts";
import { endOf, fail, runTask, valueOf } from "./task.ts";
import type { Task } from "./task.ts";

const IDENTITY = "identity.json";
const LOG = "log";
const SNAPSHOTS = "snapshots";
const ASIDE = /^aside-(\d+)$/;
/** Set-aside data is kept for a person to look at; the disk must not fill up with it. */
const ASIDES_MAX = 2;

const BLANK: DirectoryRecord = { boot: asBoot(0), lives: [], identity: null, hasLog: false, settingAside: null };

export type DataDirectoryOptions = {
  readonly files: FilePort;
  readonly path: string;
  /** Drawn at random for this start; see core/replica/life-number.ts. */
  readonly mark: number;
  /** Another process has taken the directory: this one must end, and touch nothing. */
  readonly onLost?: (problem: DiskProblem) => void;
};

type Ended = (problem: DiskProblem | null) => void;

/** Refuses a directory that is in use, damaged, or of a newer version. */
export function openDataDirectory(options: DataDirectoryOptions, answer: DiskAnswer<DataDirectory>): void {
  runTask(DataDirectory.open(options), answer);
}

export class DataDirectory {
  readonly files: FilePort;
  readonly path: string;
  readonly #lock: FileLock;
  readonly #tasks: SerialTasks;
  readonly #mark: number;
  #record = BLANK;

  private constructor(options: DataDirectoryOptions, lock: FileLock) {
    this.files = options.files;
    this.path = options.path;
    this.#mark = options.mark;
    this.#lock = lock;
    this.#tasks = new SerialTasks(options.path);
  }

  static *open(options: DataDirectoryOptions): Task<DataDirectory> {
    const { files, path } = options;
    yield* makeDirectory(files, path);
    const lock = yield* valueOf<FileLock>((answer) => files.lock(path, answer));
    lock.whenLost?.((error) => options.onLost?.(problemOfFileError(error)));
    const directory = new DataDirectory(options, lock);
    try {
      yield* directory.#begin();
      return directory;
    } catch (thrown) {
      yield* endOf((finished) => lock.release(finished));
      throw thrown;
    }
  }

  get boot(): DirectoryRecord["boot"] {
    return this.#record.boot;
  }

  /** This life's number. */
  get life(): BootNumber {
    return lifeNumber(this.#record.boot, this.#mark);
  }

  get earlierLives(): readonly BootNumber[] {
    return this.#record.lives.filter((life) => life !== this.life);
  }

  /** Null: blank. */
  get identity(): Identity | null {
    return this.#record.identity;
  }

  /** A log was begun here: from then on a missing one is a lost one. */
  get hasLog(): boolean {
    return this.#record.hasLog;
  }

  /** In words, where this directory was taken over from a process that gave no sign of life. */
  get takenOver(): string | null {
    return this.#lock.takenOver ?? null;
  }

  get logPath(): string {
    return `${this.path}/${LOG}`;
  }

  get snapshotsPath(): string {
    return `${this.path}/${SNAPSHOTS}`;
  }

  saveIdentity(identity: Identity, ended: Ended): void {
    this.#run(() => this.#save({ identity }), ended);
  }

  /** When the log exists, and before anything in it is acknowledged. */
  *recordLog(): Task<void> {
    if (!this.#record.hasLog) yield* this.#save({ hasLog: true });
  }

  /** First of all, before anything is closed: whatever happens to this process from here on, the next start is blank. */
  markAside(ended: Ended): void {
    this.#run(() => this.#markAside(), ended);
  }

  /** Moves everything to a folder of its own and is blank again. Log and snapshots must be closed. */
  setAside(ended: Ended): void {
    this.#run(() => this.#setAside(), ended);
  }

  freeBytes(answer: DiskAnswer<number>): void {
    runTask(
      valueOf<number>((each) => this.files.freeBytes(this.path, each)),
      answer,
    );
  }

  close(ended: Ended): void {
    this.#run(() => endOf((finished) => this.#lock.release(finished)), ended);
  }

  #run(task: () => Task<void>, ended: Ended): void {
    this.#tasks.run<void>(task, (...[problem]) => ended(problem));
  }

  *#begin(): Task<void> {
    const names = yield* this.#names();
    const bytes = yield* readFile(this.files, { directory: this.path, name: IDENTITY });
    if (bytes === null) yield* this.#checkIsBlank(names);
    else this.#record = this.#recordOf(bytes);
    if (this.#record.settingAside !== null) yield* this.#finishSettingAside(this.#record.settingAside);
    const boot = asBoot(this.#record.boot + 1);
    yield* this.#save({ boot, lives: [...this.#record.lives, lifeNumber(boot, this.#mark)].slice(-1 - LIVES_KEPT) });
  }

  #recordOf(bytes: Uint8Array): DirectoryRecord {
    const reading = readDirectoryRecord(bytes);
    if (reading.kind !== "record") fail(reading.kind, { file: `${this.path}/${IDENTITY}` }, reading.what);
    return reading.record;
  }

  *#checkIsBlank(names: readonly string[]): Task<void> {
    for (const folder of [LOG, SNAPSHOTS].filter((name) => names.includes(name))) {
      const inside = yield* valueOf<readonly string[]>((answer) => this.files.list(`${this.path}/${folder}`, answer));
      if (inside.length > 0)
        fail("damaged", { file: `${this.path}/${IDENTITY}` }, `this file is missing, although there is something in ${folder}/`);
    }
  }

  *#save(change: Partial<DirectoryRecord>): Task<void> {
    const record = { ...this.#record, ...change };
    yield* replaceFile(this.files, { directory: this.path, name: IDENTITY }, encodeDirectoryRecord(record));
    this.#record = record;
  }

  *#setAside(): Task<void> {
    // Said first, so that a crash on the way is continued by the next start and never looks like a lost log.
    yield* this.#markAside();
    yield* this.#finishSettingAside(this.#record.settingAside ?? 0);
  }

  *#markAside(): Task<void> {
    if (this.#record.settingAside !== null) return;
    const numbers = asidesIn(yield* this.#names());
    yield* this.#save({ settingAside: Math.max(0, ...numbers) + 1 });
  }

  *#finishSettingAside(number: number): Task<void> {
    const aside = `${this.path}/aside-${String(number)}`;
    yield* makeDirectory(this.files, aside);
    yield* replaceFile(this.files, { directory: aside, name: IDENTITY }, encodeDirectoryRecord({ ...this.#record, settingAside: null }));
    const names = yield* this.#names();
    for (const folder of [LOG, SNAPSHOTS].filter((name) => names.includes(name))) {
      yield* endOf((finished) => this.files.rename(`${this.path}/${folder}`, `${aside}/${folder}`, finished));
    }
    yield* endOf((finished) => this.files.syncDirectory(aside, finished));
    yield* endOf((finished) => this.files.syncDirectory(this.path, finished));
    yield* this.#save({ ...BLANK, boot: this.#record.boot });
    const old = asidesIn(yield* this.#names())
      .sort((a, b) => b - a)
      .slice(ASIDES_MAX);
    for (const each of old) yield* endOf((finished) => this.files.remove(`${this.path}/aside-${String(each)}`, finished));
  }

  *#names(): Task<readonly string[]> {
    return yield* valueOf<readonly string[]>((answer) => this.files.list(this.path, answer));
  }
}

function asidesIn(names: readonly string[]): number[] {
  return names.map((name) => Number(ASIDE.exec(name)?.[1] ?? NaN)).filter((number) => !Number.isNaN(number));
}
