// Where finished map attempts lie on this worker's disk: `<scratch>/<run>/map-<task>-<attempt>.regions`. Files say all about themselves, so
// a worker that starts again serves what it served before.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RegionFile } from "../regions/region-file.ts";
import { TaskProblem } from "../task-problem.ts";

export type MapAttempt = { readonly job: string; readonly task: number; readonly attempt: number };

/** A job's run. */
const JOB_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** Beside the folders of jobs, and like none of them: what their code is kept in. */
export const CODE_FOLDER = ".code";
const REGIONS = /^map-(\d+)-(\d+)\.regions$/;

export class MapOutputs {
  readonly #scratch: string;

  constructor(scratch: string) {
    this.#scratch = scratch;
  }

  /** Made where it is missing. */
  directoryOf(job: string): string {
    const directory = this.#join(job);
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  pathOf({ job, task, attempt }: MapAttempt): string {
    return join(this.#join(job), `map-${String(task)}-${String(attempt)}.regions`);
  }

  pathOfJob(job: string): string {
    return this.#join(job);
  }

  list(): readonly MapAttempt[] {
    return namesIn(this.#scratch)
      .filter((job) => JOB_NAME.test(job))
      .flatMap((job) =>
        namesIn(join(this.#scratch, job)).flatMap((name) => {
          const [, task, attempt] = REGIONS.exec(name) ?? [];
          return task === undefined ? [] : [{ job, task: Number(task), attempt: Number(attempt) }];
        }),
      );
  }

  /** Those whose file is there and whole. */
  intact(): readonly MapAttempt[] {
    return this.list().filter((attempt) => {
      try {
        new RegionFile(this.pathOf(attempt)).close();
        return true;
      } catch {
        this.remove(attempt);
        return false;
      }
    });
  }

  /** Nothing runs: whatever else lies in the folders of jobs was left behind by attempts that ended with an earlier process. */
  removeLeftovers(): void {
    for (const job of namesIn(this.#scratch)) {
      if (!JOB_NAME.test(job)) continue;
      const folder = join(this.#scratch, job);
      const names = namesIn(folder);
      const left = names.filter((name) => !REGIONS.test(name));
      for (const name of left) rmSync(join(folder, name), { recursive: true, force: true });
      if (left.length === names.length) rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Where an attempt works; gone when it is over. */
  workOf({ job, phase, task, attempt }: MapAttempt & { readonly phase: string }): string {
    return join(this.#join(job), `work-${phase}-${String(task)}-${String(attempt)}`);
  }

  remove(attempt: MapAttempt): void {
    rmSync(this.pathOf(attempt), { force: true });
  }

  /** What an attempt that was killed has written of its output so far. */
  removeUnfinished({ job, task, attempt }: MapAttempt): void {
    const folder = this.#join(job);
    const begin = `map-${String(task)}-${String(attempt)}.regions.`;
    for (const name of namesIn(folder)) if (name.startsWith(begin)) rmSync(join(folder, name), { force: true });
  }

  /** The job has ended: all that it has here, spills included. */
  removeJob(job: string): void {
    rmSync(this.#join(job), { recursive: true, force: true });
  }

  #join(job: string): string {
    // A name of a file, and nothing that leads elsewhere.
    if (!JOB_NAME.test(job)) throw new TaskProblem("internal", `${JSON.stringify(job)} is no id of a job`);
    return join(this.#scratch, job);
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
