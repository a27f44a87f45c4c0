// Runs single attempts and whole jobs in this process, in a folder of the test's own.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Assignment, InputSplit } from "../../../core/mapreduce/assignment.ts";
import type { JobDescription, JobOptions, Program } from "../../../core/mapreduce/job.ts";
import { asJob, DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import type { AttemptReport } from "../../../core/mapreduce/report.ts";
import { definedJob } from "../../../runtime/tasks/code/defined-job.ts";
import type { SequentialResult } from "../../../runtime/tasks/local/sequential-run.ts";
import { SequentialRun } from "../../../runtime/tasks/local/sequential-run.ts";
import { localEnvironment } from "../../../runtime/tasks/local/local-environment.ts";
import { Sandboxes } from "../../../runtime/tasks/sandbox/sandboxes.ts";
import { runTask } from "../../../runtime/tasks/run-task.ts";
import type { TaskEnvironment } from "../../../runtime/tasks/task-environment.ts";
import { TaskRun } from "../../../runtime/tasks/task-run.ts";

const ROOT = join(__dirname, "../../..");
const TASKS = join(ROOT, "runtime/tasks");
export const SANDBOX = { path: join(TASKS, "sandbox/sandbox-process.ts"), readable: [join(TASKS, "*"), join(ROOT, "core", "*")] };

export type JobSetting = {
  readonly program?: Program;
  readonly reduces?: number;
  readonly splitBytes?: number;
  readonly options?: Partial<JobOptions>;
  readonly inputs?: readonly string[];
};

export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), "flotilla-tasks-"));
  readonly scratch = join(this.path, "scratch");

  input(name: string, content: string | Buffer): void {
    const path = join(this.path, "in", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  description({
    program = { kind: "app", name: "word-count" },
    reduces = 3,
    splitBytes = 1 << 20,
    options = {},
    inputs,
  }: JobSetting = {}): JobDescription {
    return {
      id: asJob("job-1"),
      program,
      inputs: inputs ?? [`file:${this.path}/in`],
      output: `file:${this.path}/out`,
      reduces,
      splitBytes,
      options: { ...DEFAULT_OPTIONS, ...options },
    };
  }

  environment(changes: Partial<TaskEnvironment> = {}): TaskEnvironment {
    return { ...localEnvironment({ scratch: this.scratch, roots: [this.path] }), sandboxes: new Sandboxes(SANDBOX, 0), ...changes };
  }

  run(setting: JobSetting, changes: Partial<TaskEnvironment> = {}): Promise<SequentialResult> {
    return new SequentialRun({ description: this.description(setting), environment: this.environment(changes) }).all();
  }

  /** With the functions of a job file as they are. */
  runFunctions(job: object, setting: JobSetting = {}): Promise<SequentialResult> {
    const importCode = (): Promise<ReturnType<typeof definedJob>> => Promise.resolve(definedJob({ default: job }));
    const { options = {}, ...others } = setting;
    return this.run({ ...others, program: { kind: "code", hash: "" }, options: { ...options, isolation: "none" } }, { importCode });
  }

  /** All lines of all parts, in the order of the parts. */
  output(): string[] {
    const names = readdirSync(join(this.path, "out")).sort();
    return names.flatMap((name) =>
      readFileSync(join(this.path, "out", name), "utf8")
        .split("\n")
        .slice(0, -1),
    );
  }

  splitOf(name: string, content: string): InputSplit {
    this.input(name, content);
    const { length } = Buffer.from(content);
    return { url: `file://${this.path}/in/${name}`, offset: 0, length, fileLength: length, compression: "none", etag: null };
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function attempt(assignment: Assignment, environment: TaskEnvironment): Promise<AttemptReport> {
  return runTask(new TaskRun(assignment, { onProgress: () => undefined, onFetchTrouble: () => undefined }), environment);
}
