// `file:` outputs: a folder that is not there before. Attempts write into a hidden folder beside it, publishing collects the parts in another,
// and when the last part is there that folder gets the name of the output: readers see all of it or nothing.
//
//   .<name>.<job>.flotilla/attempts/part-00003-2   what attempt 2 writes
//   .<name>.<job>.flotilla/parts/part-00003        published
//   <name>/part-00003                              all are
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { FinishAssignment, OutputFile, PublishAssignment, ReduceAssignment } from "../../core/mapreduce/assignment.ts";
import type { JobDescription } from "../../core/mapreduce/job.ts";
import { FileAppender, syncDirectory } from "../tasks/regions/file-appender.ts";
import { problemOf, TaskProblem } from "../tasks/task-problem.ts";
import type { OutputKind, OutputWriter } from "./outputs.ts";
import { partName } from "./outputs.ts";
import type { Roots } from "./roots.ts";

type Places = { readonly target: string; readonly work: string; readonly attempts: string; readonly parts: string };

export class FileOutputs implements OutputKind {
  readonly #roots: Roots;

  constructor(roots: Roots) {
    this.#roots = roots;
  }

  async check(description: JobDescription): Promise<void> {
    const { target } = this.#placesOf(description);
    if (namesIn(target).length > 0) {
      throw new TaskProblem("outputExists", `${description.output} exists already: choose another output, or remove it`);
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
      for (const { name, temporary } of files) publishPart(places, name, basename(temporary));
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

function publishPart({ target, attempts, parts }: Places, name: string, temporary: string): void {
  if (existsSync(join(target, name)) || existsSync(join(parts, name))) return;
  mkdirSync(parts, { recursive: true });
  try {
    renameSync(join(attempts, temporary), join(parts, name));
  } catch (error) {
    // Somebody else may have published the same at the same time.
    if (!existsSync(join(target, name)) && !existsSync(join(parts, name))) throw error;
  }
  if (existsSync(parts)) syncDirectory(parts);
}

function showWhenWhole({ target, parts }: Places, reduces: number): void {
  const names = new Set(namesIn(parts));
  for (let task = 0; task < reduces; task++) if (!names.has(partName(task))) return;
  try {
    renameSync(parts, target);
    syncDirectory(dirname(target));
  } catch (error) {
    // Two publish the last parts at once: one of them shows the whole.
    if (existsSync(parts)) throw error;
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
