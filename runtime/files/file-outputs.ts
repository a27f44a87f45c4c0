// `file:` outputs: a folder that is not there before. Attempts write into a hidden folder beside it, publishing collects the parts in another,
// and when the last part is there that folder gets the name of the output: readers see all of it or nothing.
//
//   .<name>.<run>.flotilla/attempts/part-00003-2   what attempt 2 writes
//   .<name>.<run>.flotilla/parts/part-00003        published
//   <name>/part-00003                              all are
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type {
  Assignment,
  FinishAssignment,
  ListAssignment,
  OutputFile,
  PublishAssignment,
  ReduceAssignment,
} from "../../core/mapreduce/assignment.ts";
import { idOf } from "../../core/mapreduce/job-keys.ts";
import { FileAppender, syncDirectory } from "../tasks/regions/file-appender.ts";
import { problemOf, TaskProblem } from "../tasks/task-problem.ts";
import type { OutputKind, OutputWriter } from "./outputs.ts";
import { partName } from "./outputs.ts";
import type { Roots } from "./roots.ts";

const READ_BYTES = 1 << 20;

type Places = { readonly target: string; readonly work: string; readonly attempts: string; readonly parts: string };

export class FileOutputs implements OutputKind {
  readonly #roots: Roots;

  constructor(roots: Roots) {
    this.#roots = roots;
  }

  async check(assignment: ListAssignment): Promise<void> {
    const { target, work } = this.#placesOf(assignment);
    if (namesIn(target).length > 0) throw exists(assignment.description.output);
    guarded(work, () => mkdirSync(work, { recursive: true }));
    return Promise.resolve();
  }

  async begin(assignment: ReduceAssignment): Promise<OutputWriter> {
    const { attempts } = this.#placesOf(assignment);
    const name = partName(assignment.task);
    const path = join(attempts, `${name}-${String(assignment.attempt)}`);
    guarded(attempts, () => makeWithin(assignment, attempts));
    return Promise.resolve(new FileWriter(path, name));
  }

  async publish(assignment: PublishAssignment): Promise<void> {
    const places = this.#placesOf(assignment);
    guarded(places.target, () => {
      for (const file of assignment.files) publishPart(assignment, places, file);
      showWhenWhole(places, assignment.description.reduces);
    });
    return Promise.resolve();
  }

  async finish(assignment: FinishAssignment): Promise<void> {
    const { succeeded, reduces } = assignment;
    const places = this.#placesOf(assignment);
    guarded(places.target, () => {
      if (succeeded) showWhenWhole(places, reduces);
      rmSync(places.work, { recursive: true, force: true });
    });
    return Promise.resolve();
  }

  async discard({ temporary }: OutputFile): Promise<void> {
    this.#roots.check(temporary, temporary);
    rmSync(temporary, { force: true });
    return Promise.resolve();
  }

  #placesOf({ job, description: { output } }: Assignment): Places {
    const target = this.#roots.pathOf(output);
    const parent = dirname(target);
    this.#roots.check(parent, output);
    const work = join(parent, `.${basename(target)}.${job}.flotilla`);
    return { target, work, attempts: join(work, "attempts"), parts: join(work, "parts") };
  }
}

class FileWriter implements OutputWriter {
  readonly #file: FileAppender;
  readonly #name: string;
  #checksum = 0;

  constructor(path: string, name: string) {
    this.#file = new FileAppender(path);
    this.#name = name;
  }

  write(bytes: Buffer): void {
    this.#checksum = crc32(bytes, this.#checksum);
    this.#file.append(bytes);
  }

  async finish(): Promise<OutputFile> {
    const bytes = this.#file.length;
    this.#file.commit({ isDurable: true });
    return Promise.resolve({ name: this.#name, temporary: this.#file.path, bytes, checksum: this.#checksum.toString(16) });
  }

  abort(): void {
    this.#file.abort();
    rmSync(this.#file.path, { force: true });
  }
}

/**
 * The job's own folder is made when its output is looked at, and taken away at its end: what an attempt that does not know yet wrote after
 * that would stay for ever. Of jobs that an earlier version has begun it may be missing.
 */
function makeWithin({ job, description }: Assignment, path: string): void {
  try {
    mkdirSync(path, { recursive: job === idOf(job) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT") throw error;
    throw new TaskProblem("badOutput", `${description.output} can't be written any more: the job's own folder beside it is gone`);
  }
}

/** What is damaged since the attempt wrote it is not shown to anybody. */
function publishPart(assignment: Assignment, places: Places, file: OutputFile): void {
  const { attempts, parts } = places;
  if (isPublished(places, file)) return;
  makeWithin(assignment, parts);
  try {
    const written = join(attempts, basename(file.temporary));
    if (isCopyAt(written, file) === false) throw damaged(written, file);
    renameSync(written, join(parts, file.name));
  } catch (error) {
    // Somebody else may have published the same at the same time.
    if (!isPublished(places, file)) throw error;
  }
  if (existsSync(parts)) syncDirectory(parts);
}

/** The folder of the output may be another job's, which was begun when there was none yet, too: by what is in it one sees whose it is. */
function isPublished({ target, parts }: Places, file: OutputFile): boolean {
  const collected = join(parts, file.name);
  const copy = isCopyAt(collected, file);
  if (copy === false) throw damaged(collected, file);
  if (copy === true) return true;
  const shown = isCopyAt(join(target, file.name), file);
  if (shown === false) throw exists(target, "somebody else has written there while the job ran");
  return shown === true;
}

/** Null: there is nothing. */
function isCopyAt(path: string, { bytes, checksum }: OutputFile): boolean | null {
  const file = openedOrNull(path);
  if (file === null) return null;
  try {
    if (fstatSync(file).size !== bytes) return false;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let sum = 0;
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) sum = crc32(buffer.subarray(0, read), sum);
    return sum.toString(16) === checksum;
  } finally {
    closeSync(file);
  }
}

function openedOrNull(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

function damaged(path: string, { bytes }: OutputFile): TaskProblem {
  return new TaskProblem("badOutput", `${path} is not the ${String(bytes)} bytes that the attempt wrote: it was damaged or changed since`);
}

function exists(output: string, why = "choose another output, or remove it"): TaskProblem {
  return new TaskProblem("outputExists", `${output} exists already: ${why}`);
}

function showWhenWhole({ target, parts }: Places, reduces: number): void {
  const names = new Set(namesIn(parts));
  for (let task = 0; task < reduces; task++) if (!names.has(partName(task))) return;
  try {
    renameSync(parts, target);
    syncDirectory(dirname(target));
  } catch (error) {
    // Two publish the last parts at once: one of them shows the whole.
    if (!existsSync(parts)) return;
    throw namesIn(target).length > 0 ? exists(target, "somebody else has written there while the job ran") : error;
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return [basename(directory)];
    return [];
  }
}

function guarded(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw problemOf(error, `could not write ${path}`);
  }
}
