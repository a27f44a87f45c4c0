// `file:` outputs: a folder that is not there before. Attempts write into a hidden folder beside it, publishing collects the parts in another,
// and when the last part is there that folder gets the name of the output: readers see all of it or nothing.
//
//   .<name>.<job>.flotilla/attempts/part-00003-2   what attempt 2 writes
//   .<name>.<job>.flotilla/parts/part-00003        published
//   <name>/part-00003                              all are
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { FinishAssignment, OutputFile, PublishAssignment, ReduceAssignment } from "../../core/mapreduce/assignment.ts";
import type { JobDescription } from "../../core/mapreduce/job.ts";
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

  async check(description: JobDescription): Promise<void> {
    const { target } = this.#placesOf(description);
    if (namesIn(target).length > 0) {
      throw exists(description.output);
    }
    return Promise.resolve();
  }

  async begin({ task, attempt, description }: ReduceAssignment): Promise<OutputWriter> {
    const { attempts } = this.#placesOf(description);
    const name = partName(task);
    const path = join(attempts, `${name}-${String(attempt)}`);
    guarded(attempts, () => mkdirSync(attempts, { recursive: true }));
    return Promise.resolve(new FileWriter(path, name));
  }

  async publish({ files, description }: PublishAssignment): Promise<void> {
    const places = this.#placesOf(description);
    guarded(places.target, () => {
      for (const file of files) publishPart(places, file);
      showWhenWhole(places, description.reduces);
    });
    return Promise.resolve();
  }

  async finish({ succeeded, reduces, description }: FinishAssignment): Promise<void> {
    const places = this.#placesOf(description);
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

  #placesOf({ output, id }: JobDescription): Places {
    const target = this.#roots.pathOf(output);
    const parent = dirname(target);
    this.#roots.check(parent, output);
    const work = join(parent, `.${basename(target)}.${id}.flotilla`);
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

function publishPart(places: Places, file: OutputFile): void {
  const { attempts, parts } = places;
  if (isPublished(places, file)) return;
  mkdirSync(parts, { recursive: true });
  try {
    renameSync(join(attempts, basename(file.temporary)), join(parts, file.name));
  } catch (error) {
    // Somebody else may have published the same at the same time.
    if (!isPublished(places, file)) throw error;
  }
  if (existsSync(parts)) syncDirectory(parts);
}

/** The folder of the output may be another job's, which was begun when there was none yet, too: by what is in it one sees whose it is. */
function isPublished({ target, parts }: Places, file: OutputFile): boolean {
  if (existsSync(join(parts, file.name))) return true;
  const shown = join(target, file.name);
  if (!existsSync(shown)) return false;
  if (isCopyOf(shown, file)) return true;
  throw exists(target, "somebody else has written there while the job ran");
}

function isCopyOf(path: string, { bytes, checksum }: OutputFile): boolean {
  const file = openSync(path, "r");
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
