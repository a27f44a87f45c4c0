// Executes one assignment, of whatever phase, and says how it ended. It never throws: what goes wrong is a report.
import type { Assignment } from "../../core/mapreduce/assignment.ts";
import type { AttemptReport, AttemptResult } from "../../core/mapreduce/report.ts";
import { isIsolated } from "../../core/mapreduce/task-memory.ts";
import { listInputs } from "./list-inputs.ts";
import { runMap } from "./map/run-map.ts";
import { runReduce } from "./reduce/run-reduce.ts";
import type { TaskEnvironment } from "./task-environment.ts";
import type { TaskRun } from "./task-run.ts";

export async function runTask(run: TaskRun, environment: TaskEnvironment): Promise<AttemptReport> {
  try {
    if (!isIsolated(run.assignment)) environment.sandboxes.drop();
    return run.report(await resultOf(run, environment));
  } catch (error) {
    return run.failed(error);
  }
}

async function resultOf(run: TaskRun, environment: TaskEnvironment): Promise<AttemptResult> {
  const assignment: Assignment = run.assignment;
  switch (assignment.phase) {
    case "list":
      return listInputs(assignment, environment);
    case "map":
      return runMap(run as TaskRun<typeof assignment>, environment);
    case "reduce":
      return runReduce(run as TaskRun<typeof assignment>, environment);
    case "publish":
      await environment.outputs.publish(assignment);
      return { kind: "published" };
    case "finish":
      await environment.outputs.finish(assignment);
      return { kind: "finished" };
  }
}
