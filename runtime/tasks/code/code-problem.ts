// What job code threw, in the words of the person who wrote it.
import type { FailureReason } from "../../../core/mapreduce/report.ts";
import type { RecordPlace } from "../task-problem.ts";
import { TaskProblem } from "../task-problem.ts";

const LINES_MAX = 4;
const LENGTH_MAX = 2_000;
/** The address under which code was loaded holds all of it. */
const LOADED_CODE = /data:text\/javascript[^\s):]*,[^\s):]*/g;
const OURS = /node:|runtime\/tasks\/|sandbox[\w-]*\.m?js/;

/** Problems of ours, such as a full disk under an `emit`, stay what they are. */
export function codeProblem(error: unknown, place: Partial<RecordPlace>, reason: FailureReason = "threw"): TaskProblem {
  if (error instanceof TaskProblem) return error;
  const isForbidden = error instanceof Error && error.name === "ForbiddenError";
  return new TaskProblem(isForbidden ? "forbidden" : reason, shown(error), { ...place, cause: error });
}

function shown(error: unknown): string {
  if (!(error instanceof Error)) return `the code threw ${String(error).slice(0, LENGTH_MAX)}`;
  const frames = (error.stack ?? "")
    .replace(LOADED_CODE, "job")
    .split("\n")
    .filter((line) => line.trimStart().startsWith("at ") && !OURS.test(line))
    .slice(0, LINES_MAX);
  return [`${error.name}: ${error.message}`.slice(0, LENGTH_MAX), ...frames].join("\n");
}
