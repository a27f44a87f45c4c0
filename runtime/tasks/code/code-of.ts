// Which code an assignment asks for, and whether this worker runs it, and where.
import type { Assignment } from "../../../core/mapreduce/assignment.ts";
import type { JobOptions } from "../../../core/mapreduce/job.ts";
import type { App } from "../apps/app.ts";
import { BUILT_IN_APPS } from "../apps/built-in.ts";
import { NO_RECORD } from "../map/mapper.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { TaskProblem } from "../task-problem.ts";
import type { Functions } from "./combining-table.ts";

/** `isolated`: not in this process. */
export type Code = { readonly kind: "here"; readonly app: App } | { readonly kind: "isolated"; readonly bundle: string };

export async function codeOf({ description }: Assignment, environment: TaskEnvironment): Promise<Code> {
  const { program, options } = description;
  if (program.kind === "app") {
    const app = Object.hasOwn(BUILT_IN_APPS, program.name) ? BUILT_IN_APPS[program.name] : undefined;
    if (app === undefined) throw new TaskProblem("badProgram", `there is no app ${JSON.stringify(program.name)}`);
    return { kind: "here", app };
  }
  if (options.isolation === "none" && !environment.trustsJobs) {
    throw new TaskProblem("untrusted", "this worker runs no code without isolation: FLOTILLA_TRUSTED_JOBS=1 allows it");
  }
  const bundle = await environment.loadCode(program.hash);
  if (options.isolation === "process") return { kind: "isolated", bundle };
  return { kind: "here", app: { kind: "functions", functions: await importedHere(bundle, options, environment) } };
}

async function importedHere(bundle: string, { recordTimeoutMs }: JobOptions, environment: TaskEnvironment): Promise<Functions> {
  const watch = environment.watchCalls(recordTimeoutMs);
  watch.begin(NO_RECORD, 0);
  try {
    return await environment.importCode(bundle);
  } finally {
    watch.end();
  }
}
