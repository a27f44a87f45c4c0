// The sorted runs of one map attempt, and how they become its output: one run is the output already, several are merged.
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { OnMerged } from "../regions/merge-passes.ts";
import { MergePasses, writeMerged } from "../regions/merge-passes.ts";
import type { Region } from "../regions/region-file.ts";
import { RegionFile, RegionFileWriter } from "../regions/region-file.ts";
import { problemOf } from "../task-problem.ts";

export class RunFiles {
  readonly #directory: string;
  readonly #partitions: number;
  readonly #runs: string[] = [];
  #open: RegionFileWriter | null = null;

  constructor(directory: string, partitions: number) {
    this.#directory = directory;
    this.#partitions = partitions;
    mkdirSync(directory, { recursive: true });
  }

  get count(): number {
    return this.#runs.length;
  }

  nextPath(): string {
    return join(this.#directory, `run-${String(this.#runs.length)}`);
  }

  /** The file of the next run is whole. */
  add(path: string): void {
    this.#runs.push(path);
  }

  open(): RegionFileWriter & { readonly finish: () => readonly Region[] } {
    const path = this.nextPath();
    const writer = new RegionFileWriter(path, this.#partitions);
    this.#open = writer;
    this.#runs.push(path);
    return writer;
  }

  /** Gives the regions of the output, which is at `path` when it returns. */
  async mergeInto(path: string, onMerged: OnMerged): Promise<readonly Region[]> {
    const [first, ...more] = this.#runs;
    if (first !== undefined && more.length === 0) return renamed(first, path);
    const files = this.#runs.map((run) => new RegionFile(run));
    const passes = new MergePasses(this.#directory);
    const writer = new RegionFileWriter(path, this.#partitions);
    try {
      for (let partition = 0; partition < this.#partitions; partition++) {
        writer.partition(partition);
        const places = files.flatMap(({ file, path: name, regions }) => {
          const region = regions.at(partition);
          return region === undefined || region.records === 0 ? [] : [{ file, name, offset: region.offset, bytes: region.bytes }];
        });
        await writeMerged(await passes.merged(places, onMerged), writer, onMerged);
        passes.close();
      }
      return writer.finish();
    } catch (error) {
      writer.abort();
      throw error;
    } finally {
      passes.close();
      for (const file of files) file.close();
    }
  }

  /** Nothing stays but the output. */
  remove(): void {
    this.#open?.abort();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function renamed(from: string, to: string): readonly Region[] {
  try {
    renameSync(from, to);
  } catch (error) {
    throw problemOf(error, `could not name ${to}`);
  }
  const file = new RegionFile(to);
  file.close();
  return file.regions.all();
}
