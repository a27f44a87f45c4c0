// What the labs of lab 1 have to work with: a cluster, the eight books, the apps as code, and the outputs of jobs.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "../../../client/cli/code/job-file.ts";
import type { JobView } from "../../../core/coordinator/view.ts";
import type { Isolation } from "../../../core/mapreduce/job.ts";
import { JobCluster } from "../../integration/jobs/job-cluster.ts";
import type { JobProcess } from "../../integration/jobs/job-cluster.ts";
import { demand } from "../script.ts";
import { makeBooks, writeBooks } from "./books.ts";
import { runSequentially, sortedLines } from "./sequential.ts";

/** What the labs give to each of their processes; the crash lab has more. */
export const LIMIT_MS = 45_000;
/** The supplied main program's. */
const REDUCES = 10;
const APPS = join(import.meta.dirname, "apps");
/** The crash app fails in a third of all attempts. */
const ATTEMPTS_MAX = 30;
/** Larger than any book: one file is one map. */
const SPLIT_BYTES = 2 ** 30;

export class LabJobs {
  readonly cluster: JobCluster;
  readonly #directory: string;
  readonly #books = makeBooks();
  #jobs = 0;

  private constructor(cluster: JobCluster, directory: string) {
    this.cluster = cluster;
    this.#directory = directory;
    writeBooks(this.#input, this.#books);
  }

  static async open(directory: string, { workers, slots }: { readonly workers: number; readonly slots: number }): Promise<LabJobs> {
    const settings = { FLOTILLA_TRUSTED_JOBS: "1", FLOTILLA_LOG_LEVEL: "warn" };
    return new LabJobs(await JobCluster.open({ directory, coordinators: 1, workers, slots, settings }), directory);
  }

  get maps(): number {
    return this.#books.length;
  }

  /** As many as a lab has, and all of them there, those that the lab before has stopped as well. They only become more. */
  async haveWorkers(count: number): Promise<void> {
    await this.cluster.addWorkers(count - this.cluster.workers.length);
    await Promise.all(this.workers.map((worker) => worker.answers()));
  }

  get workers(): readonly JobProcess[] {
    return this.cluster.workers;
  }

  async begin(app: string, isolation: Isolation): Promise<LabJob> {
    const { code } = await bundle(join(APPS, `${app}.ts`), { mayUseNode: isolation === "none" });
    const id = `${app}-${++this.#jobs}`;
    const marks = join(this.#directory, `marks-${id}`);
    mkdirSync(marks);
    const output = join(this.#directory, `out-${id}`);
    await this.cluster.calls.submit({
      ...{ id, code, inputs: [pathToFileURL(this.#input).href], output: pathToFileURL(output).href },
      ...{ reduces: REDUCES, splitBytes: SPLIT_BYTES },
      options: {
        ...{ inputFormat: "whole", outputFormat: "lab", partitioner: "lab", isolation, attemptsMax: ATTEMPTS_MAX },
        parameters: { directory: marks },
      },
    });
    return new LabJob({ cluster: this.cluster, id, output });
  }

  /** What the sequential program makes of the same books. */
  async sequentially(app: string): Promise<string> {
    const { code } = await bundle(join(APPS, `${app}.ts`), { mayUseNode: true });
    return runSequentially(code, this.#books, ({ name }) => name);
  }

  end(): Promise<void> {
    return this.cluster.end();
  }

  get #input(): string {
    return join(this.#directory, "in");
  }
}

export class LabJob {
  readonly id: string;
  readonly #cluster: JobCluster;
  readonly #output: string;

  constructor(parts: { readonly cluster: JobCluster; readonly id: string; readonly output: string }) {
    this.id = parts.id;
    this.#cluster = parts.cluster;
    this.#output = parts.output;
  }

  /** Until it has ended, well. */
  async end(deadlineMs = LIMIT_MS): Promise<JobView> {
    const what = { what: `job ${this.id} ends`, deadlineMs };
    const job = await this.until(what, ({ state }) => ["succeeded", "failed", "cancelled"].includes(state));
    demand(job.state === "succeeded", () => `job ${this.id} has ${job.state}: ${job.error?.message ?? ""}`);
    return job;
  }

  until(what: { what: string; deadlineMs: number }, isSo: (job: JobView) => boolean): Promise<JobView> {
    return this.#cluster.calls.until(this.id, what, isSo);
  }

  /** All lines of its output, in order. */
  lines(): readonly string[] {
    const parts = readdirSync(this.#output).filter((name) => name.startsWith("part-"));
    const lines = parts.flatMap((name) => readFileSync(join(this.#output, name), "utf8").split("\n"));
    return lines.filter((line) => line !== "");
  }

  get sorted(): string {
    return sortedLines(this.lines());
  }
}
