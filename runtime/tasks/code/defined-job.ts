// The functions of a loaded job file, checked: what it lacks is said before the first record.
import { TaskProblem } from "../task-problem.ts";
import type { Functions } from "./combining-table.ts";

const NEEDED = ["map", "reduce"] as const;
const OPTIONAL = ["combine", "partition"] as const;

/** `loaded`: what importing the bundle gave. */
export function definedJob(loaded: unknown): Functions {
  const job = (loaded as { readonly default?: unknown } | null)?.default;
  if (typeof job !== "object" || job === null)
    throw new TaskProblem("badProgram", "a job file exports `defineJob({ map, reduce })` as its default");
  const functions = job as Readonly<Record<string, unknown>>;
  for (const name of NEEDED) {
    if (typeof functions[name] !== "function") throw new TaskProblem("badProgram", `the job has no function \`${name}\``);
  }
  for (const name of OPTIONAL) {
    if (functions[name] !== undefined && typeof functions[name] !== "function") {
      throw new TaskProblem("badProgram", `\`${name}\` of the job is no function`);
    }
  }
  return job as Functions;
}
