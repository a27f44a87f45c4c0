// A whole job in one process, one task after the other, without a cluster: for a debugger, for small data, and to compare with. The tasks are
// those that workers run, in their order.
import type { Assignment, MapOutputSource } from "../../../core/mapreduce/assignment.ts";
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import { planSplits } from "../../../core/mapreduce/plan.ts";
import type { AttemptReport, AttemptResult, Counters } from "../../../core/mapreduce/report.ts";
import { runTask } from "../run-task.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { TaskProblem } from "../task-problem.ts";
import type { RunListener } from "../task-run.ts";
import { TaskRun } from "../task-run.ts";

export type SequentialOptions = {
  readonly description: JobDescription;
  readonly environment: TaskEnvironment;
  readonly onReport?: (report: AttemptReport) => void;
};

export type SequentialResult = {
  readonly counters: Counters;
  readonly maps: number;
  /** Pairs that maps wrote, and reduces read. */
  readonly pairsWritten: number;
  readonly pairsRead: number;
};

type Result<Kind extends AttemptResult["kind"]> = Extract<AttemptResult, { readonly kind: Kind }>;

const SILENT: RunListener = { onProgress: () => undefined, onFetchTrouble: () => undefined };

export class SequentialRun {
  readonly #options: SequentialOptions;
  readonly #counters = new Map<string, number>();
  #pairsWritten = 0;
  #pairsRead = 0;

  constructor(options: SequentialOptions) {
    this.#options = options;
  }

  /** Rejects with the failure of the first task that fails. */
  async all(): Promise<SequentialResult> {
    const { description, environment } = this.#options;
    const { id: job, reduces } = description;
    try {
      const sources = await this.#maps();
      for (let task = 0; task < reduces; task++) {
        const { files } = await this.#reduce(task, sources);
        await this.#run("published", { job, phase: "publish", task, attempt: 1, description, winner: 1, files });
      }
      await this.#run("finished", { job, phase: "finish", task: 0, attempt: 1, description, reduces, succeeded: true });
      return {
        counters: Object.fromEntries(this.#counters),
        maps: sources.length,
        pairsWritten: this.#pairsWritten,
        pairsRead: this.#pairsRead,
      };
    } catch (error) {
      await this.#giveUp();
      throw error;
    } finally {
      environment.mapOutputs.removeJob(job);
    }
  }

  /** Nothing that was written stays. What can't be cleaned up has been said by what failed before. */
  async #giveUp(): Promise<void> {
    const { description, environment } = this.#options;
    const { id: job, reduces } = description;
    const name = { job, phase: "finish", task: 0, attempt: 1 } as const;
    await environment.outputs.finish({ ...name, description, reduces, succeeded: false }).catch(() => undefined);
  }

  /** One map task alone, whose regions go again: what it prints and how it ends is what counts. */
  async oneMap(task: number): Promise<AttemptReport> {
    const { description, environment } = this.#options;
    try {
      const { files, boundaries } = await this.#list();
      const split = planSplits(files, description.splitBytes)[task];
      if (split === undefined) throw new TaskProblem("missingInput", `the job has no map task ${String(task)}`);
      return await this.#reported({ job: description.id, phase: "map", task, attempt: 1, description, split, skip: [], boundaries });
    } finally {
      await this.#giveUp();
      environment.mapOutputs.removeJob(description.id);
    }
  }

  async #maps(): Promise<readonly MapOutputSource[]> {
    const { description } = this.#options;
    const { files, boundaries } = await this.#list();
    const sources: MapOutputSource[] = [];
    for (const [task, split] of planSplits(files, description.splitBytes).entries()) {
      const name = { job: description.id, phase: "map", task, attempt: 1 } as const;
      const { origin } = await this.#run("mapped", { ...name, description, split, skip: [], boundaries });
      sources.push({ task, attempt: 1, origin });
    }
    return sources;
  }

  #list(): Promise<Result<"listed">> {
    const { description } = this.#options;
    return this.#run("listed", { job: description.id, phase: "list", task: 0, attempt: 1, description });
  }

  #reduce(task: number, sources: readonly MapOutputSource[]): Promise<Result<"reduced">> {
    const { description } = this.#options;
    const name = { job: description.id, phase: "reduce", task, attempt: 1 } as const;
    return this.#run("reduced", { ...name, description, maps: sources.length, sources, skip: [] });
  }

  async #run<Kind extends AttemptResult["kind"]>(_kind: Kind, assignment: Assignment): Promise<Result<Kind>> {
    const { result, counters, work } = await this.#reported(assignment);
    if (result.kind === "failed") {
      const { reason, message, record, file, offset } = result.failure;
      throw new TaskProblem(reason, message, { record, file, offset });
    }
    for (const [name, sum] of Object.entries(counters)) this.#counters.set(name, (this.#counters.get(name) ?? 0) + sum);
    if (assignment.phase === "map") this.#pairsWritten += work.recordsWritten;
    if (assignment.phase === "reduce") this.#pairsRead += work.recordsRead;
    return result as Result<Kind>;
  }

  async #reported(assignment: Assignment): Promise<AttemptReport> {
    const report = await runTask(new TaskRun(assignment, SILENT), this.#options.environment);
    this.#options.onReport?.(report);
    return report;
  }
}
