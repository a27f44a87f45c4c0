// A job without a cluster: all of it in this process, one task after the other, or one of its map tasks, so that a debugger sees the code
// (`node --inspect-brk node_modules/.bin/flotilla job run … --local`).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import { asJob, DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import type { AttemptReport } from "../../../core/mapreduce/report.ts";
import { schemeOf } from "../../../runtime/files/inputs.ts";
import { definedJob } from "../../../runtime/tasks/code/defined-job.ts";
import { localEnvironment } from "../../../runtime/tasks/local/local-environment.ts";
import type { SequentialResult } from "../../../runtime/tasks/local/sequential-run.ts";
import { SequentialRun } from "../../../runtime/tasks/local/sequential-run.ts";
import { UsageError } from "../trouble.ts";
import type { JobRequest } from "./job-request.ts";

const REDUCES = 8;
const SPLIT_BYTES = 16_777_216;

export type LocalJob = { readonly request: JobRequest; readonly code: string | null; readonly print: (text: string) => void };

/** What lies elsewhere is reached by workers, with settings and rights that this process has not. */
export function checkIsLocal(request: JobRequest): void {
  const { inputs, output } = request as unknown as Pick<JobDescription, "inputs" | "output">;
  const elsewhere = [...inputs, output].find((url) => schemeOf(url) !== "file");
  if (elsewhere === undefined) return;
  throw new UsageError(
    `--local reads and writes files of this machine, and ${elsewhere} is none`,
    "give a path or a file: URL; or leave --local away, and the workers of a cluster do it",
  );
}

/** Rejects with the failure of the first task that fails. */
export function runLocally(job: LocalJob): Promise<SequentialResult> {
  return withRun(job, (run) => run.all());
}

export function runMapLocally(job: LocalJob, task: number): Promise<AttemptReport> {
  return withRun(job, (run) => run.oneMap(task));
}

async function withRun<Result>({ request, code, print }: LocalJob, work: (run: SequentialRun) => Promise<Result>): Promise<Result> {
  const scratch = mkdtempSync(join(tmpdir(), "flotilla-job-"));
  try {
    // Whoever runs it may read and write what this process may.
    const options = { scratch, roots: ["/"] };
    const functions =
      code === null ? null : definedJob(await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`));
    const environment = localEnvironment(functions === null ? options : { ...options, functions });
    const onReport = ({ phase, task, log }: AttemptReport): void => {
      if (log !== "") print(`${phase}-${String(task)}: ${log}`);
    };
    return await work(new SequentialRun({ description: descriptionOf(request, code), environment, onReport }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function descriptionOf(request: JobRequest, code: string | null): JobDescription {
  const given = request as unknown as Partial<JobDescription> & Pick<JobDescription, "inputs" | "output"> & { readonly app?: string };
  const { id = asJob("local"), inputs, output, reduces = REDUCES, splitBytes = SPLIT_BYTES, app = "", options } = given;
  return {
    ...{ id, inputs, output, reduces, splitBytes },
    program: code === null ? { kind: "app", name: app } : { kind: "code", hash: "" },
    // In this process nothing is isolated.
    options: { ...DEFAULT_OPTIONS, ...options, isolation: "none" },
  };
}
