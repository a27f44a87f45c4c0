// Brings the regions of one reduce task to this worker's disk, a few at a time, each checked as a whole before it counts. A stream that broke
// off goes on where it ended; a region that can't be had is reported and tried again until somebody says that the map ran anew elsewhere,
// or that the attempt is over. Meanwhile all others come.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Sleepers } from "../../sleepers.ts";
import type { MapOutputSource, ReduceAssignment } from "../../../core/mapreduce/assignment.ts";
import type { MapOutputs } from "../map/map-outputs.ts";
import { RegionFile } from "../regions/region-file.ts";
import type { RegionPlace } from "../regions/region-source.ts";
import { RegionSource } from "../regions/region-source.ts";
import { problemOf, TaskProblem } from "../task-problem.ts";
import type { TaskRun } from "../task-run.ts";
import { FETCHED } from "./reduce-progress.ts";
import type { FetchRegion } from "./region-fetcher.ts";

export type LandingOptions = {
  readonly run: TaskRun<ReduceAssignment>;
  readonly directory: string;
  readonly fetchRegion: FetchRegion;
  readonly mapOutputs: MapOutputs;
  readonly origin: string;
};

const LANES = 4;
const TRIES = 3;
const PAUSE_MS = 200;
const AGAIN_MS = 1_000;
/** So many outputs of this very worker are read where they are; more would be too many open files. */
const OWN_FILES_MAX = 256;
const READ_BYTES = 1 << 18;

type Lane = { readonly file: number; readonly path: string; length: number };

export class Landing {
  readonly #options: LandingOptions;
  readonly #sources = new Map<number, MapOutputSource>();
  /** By map task. */
  readonly #places: (RegionPlace | null)[];
  readonly #waiting: number[];
  readonly #lanes: Lane[] = [];
  readonly #ownFiles: number[] = [];
  /** Maps whose output could not be had when it was last tried. */
  readonly #troubled = new Set<number>();
  #landed = 0;
  /** The attempt has failed: nobody waits for what is still under way. */
  #isGivenUp = false;
  /** Lanes that wait. */
  readonly #sleepers = new Sleepers();

  constructor(options: LandingOptions) {
    const { assignment } = options.run;
    this.#options = options;
    this.#places = Array.from({ length: assignment.maps }, () => null);
    this.#waiting = this.#places.map((_, task) => task);
    this.#know(assignment.sources);
    options.run.onMoved = (sources) => {
      this.#know(sources);
      this.#sleepers.wakeAll();
    };
    mkdirSync(options.directory, { recursive: true });
  }

  /**
   * In the order of the map tasks. Settles when no lane runs any more: files are closed after it, and their numbers belong to other files
   * then, maybe of the next attempt in this process.
   */
  async fetchAll(): Promise<readonly RegionPlace[]> {
    const lanes = Array.from({ length: LANES }, (_, i) => this.#runLane(i).finally(() => this.#giveUpUnlessWhole()));
    await Promise.allSettled(lanes);
    await Promise.all(lanes);
    return this.#places.filter((place) => place !== null);
  }

  /** A lane ends early only if it has failed. */
  #giveUpUnlessWhole(): void {
    this.#isGivenUp ||= this.#landed < this.#places.length;
    this.#sleepers.wakeAll();
  }

  close(): void {
    for (const { file, path } of this.#lanes) {
      closeSync(file);
      rmSync(path, { force: true });
    }
    for (const file of this.#ownFiles) closeSync(file);
  }

  #know(sources: readonly MapOutputSource[]): void {
    for (const source of sources) this.#sources.set(source.task, source);
  }

  async #runLane(number: number): Promise<void> {
    const { directory, run } = this.#options;
    const path = join(directory, `landing-${String(number)}`);
    const lane = { file: openSync(path, "w+"), path, length: 0 };
    this.#lanes.push(lane);
    while (this.#landed < this.#places.length && !this.#isGivenUp) {
      const task = this.#waiting.shift();
      const source = task === undefined ? undefined : this.#sources.get(task);
      if (task === undefined || source === undefined) {
        if (task !== undefined) this.#waiting.push(task);
        await this.#sleepers.sleep(AGAIN_MS);
        continue;
      }
      const place = await this.#land(lane, source);
      if (place === null) {
        this.#waiting.push(task);
        await this.#sleepers.sleep(AGAIN_MS);
        continue;
      }
      if (this.#troubled.delete(task)) run.trouble(source, { tries: 0, message: "" });
      this.#places[task] = place;
      this.#landed++;
      run.bytesRead += place.bytes;
      await run.breathe((FETCHED * this.#landed) / this.#places.length);
    }
  }

  /** Null: not now. */
  async #land(lane: Lane, source: MapOutputSource): Promise<RegionPlace | null> {
    const { run } = this.#options;
    const start = lane.length;
    let message = "";
    for (let tries = 1; tries <= TRIES; tries++) {
      try {
        return this.#own(source) ?? (await this.#fetched(lane, start, source));
      } catch (error) {
        if (error instanceof TaskProblem && error.reason === "diskFull") throw error;
        message = error instanceof Error ? error.message : String(error);
      }
      if (this.#sources.get(source.task) !== source || this.#isGivenUp) break;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
    }
    lane.length = start;
    if (this.#isGivenUp) return null;
    this.#troubled.add(source.task);
    run.trouble(source, { tries: TRIES, message });
    return null;
  }

  /** Output of this very worker is used where it is. */
  #own({ task, attempt, origin }: MapOutputSource): RegionPlace | null {
    const { run, mapOutputs } = this.#options;
    if (origin !== this.#options.origin || this.#ownFiles.length >= OWN_FILES_MAX) return null;
    const { job, task: partition } = run.assignment;
    const file = new RegionFile(mapOutputs.pathOf({ job, task, attempt }));
    this.#ownFiles.push(file.file);
    const region = file.regions.at(partition);
    if (region === undefined) throw new TaskProblem("internal", `${file.path} has no region ${String(partition)}`);
    const place = { file: file.file, name: file.path, offset: region.offset, bytes: region.bytes };
    verify(place, region.records);
    return place;
  }

  async #fetched(lane: Lane, start: number, source: MapOutputSource): Promise<RegionPlace> {
    const { job, task: partition } = this.#options.run.assignment;
    const { bytes, records, body } = await this.#options.fetchRegion({ job, source, partition, from: lane.length - start });
    for await (const piece of body) {
      if (this.#isGivenUp) break;
      write(lane, piece);
      await this.#options.run.breathe((FETCHED * this.#landed) / this.#places.length);
    }
    const name = `the output of map ${String(source.task)} (attempt ${String(source.attempt)}) from ${source.origin}`;
    if (lane.length - start < bytes) throw new TaskProblem("internal", `${name} ended too early`);
    const place = { file: lane.file, offset: start, bytes, name };
    try {
      if (lane.length - start > bytes) throw new TaskProblem("internal", `${name} is too long`);
      verify(place, records);
    } catch (error) {
      lane.length = start; // what is damaged is fetched anew, from its beginning
      throw error;
    }
    return place;
  }
}

function verify(place: RegionPlace, records: number): void {
  const source = new RegionSource(place, READ_BYTES);
  while (source.nextBlock() !== null);
  if (source.records !== records)
    throw new TaskProblem("internal", `${place.name} has ${String(source.records)} of ${String(records)} records`);
}

function write(lane: Lane, piece: Uint8Array): void {
  try {
    for (let at = 0; at < piece.length;) at += writeSync(lane.file, piece, at, piece.length - at, lane.length + at);
    lane.length += piece.length;
  } catch (error) {
    throw problemOf(error, `could not write ${lane.path}`);
  }
}
