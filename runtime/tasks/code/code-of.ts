// Which code an assignment asks for, and whether this worker runs it, and where.
import type { Assignment } from "../../../core/mapreduce/assignment.ts";
import type { JobOptions } from "../../../core/mapreduce/job.ts";
import type { App } from "../apps/app.ts";
import { BUILT_IN_APPS } from "../apps/built-in.ts";
import { NO_RECORD } from "../map/mapper.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { TaskProblem } from "../task-problem.ts";
import { CodeTimers } from "./code-timers.ts";
import type { Functions } from "./combining-table.ts";

/** Throws where the code goes on although this call of it is over. */
export type CheckOver = (call: string) => void;
export type CodeHere = { readonly kind: "here"; readonly app: App; readonly checkOver: CheckOver };
/** `isolated`: not in this process. */
export type Code = CodeHere | { readonly kind: "isolated"; readonly bundle: string };

export async function codeOf({ description }: Assignment, environment: TaskEnvironment): Promise<Code> {
  const { program, options } = description;
  if (program.kind === "app") {
    const app = Object.hasOwn(BUILT_IN_APPS, program.name) ? BUILT_IN_APPS[program.name] : undefined;
    if (app === undefined) throw new TaskProblem("badProgram", `there is no app ${JSON.stringify(program.name)}`);
    return { kind: "here", app, checkOver: () => undefined };
  }
  if (options.isolation === "none" && !environment.trustsJobs) {
    throw new TaskProblem("untrusted", "this worker runs no code without isolation: FLOTILLA_TRUSTED_JOBS=1 allows it");
  }
  const bundle = await environment.loadCode(program.hash);
  if (options.isolation === "process") return { kind: "isolated", bundle };
  const timers = new CodeTimers();
  const functions = timers.watched(await importedHere(bundle, options, environment));
  return { kind: "here", app: { kind: "functions", functions }, checkOver: (call) => timers.check(call) };
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
