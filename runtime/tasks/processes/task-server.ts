// The other end of a task's process: takes settings once, then one assignment at a time, and reports. It ends with its worker.
import type { TaskEnvironment } from "../task-environment.ts";
import { runTask } from "../run-task.ts";
import { TaskRun } from "../task-run.ts";
import type { FromTask, ToTask } from "./task-messages.ts";

export type TaskPort<Settings> = {
  readonly send: (message: FromTask) => void;
  readonly onMessage: (take: (message: ToTask<Settings>) => void) => void;
};

export function serveTasks<Settings>(port: TaskPort<Settings>, environmentOf: (settings: Settings) => TaskEnvironment): void {
  let environment: TaskEnvironment | null = null;
  let run: TaskRun | null = null;
  const listener = {
    onProgress: (progress: Extract<FromTask, { readonly kind: "progress" }>["progress"]) => port.send({ kind: "progress", progress }),
    onFetchTrouble: (trouble: Extract<FromTask, { readonly kind: "trouble" }>["trouble"]) => port.send({ kind: "trouble", trouble }),
  };
  port.onMessage((message) => {
    if (message.kind === "settings") environment = environmentOf(message.settings);
    else if (message.kind === "moved") run?.onMoved(message.sources);
    else if (environment !== null) {
      run = new TaskRun(message.assignment, listener);
      void runTask(run, environment).then((report) => port.send({ kind: "report", report }));
    }
  });
  port.send({ kind: "ready" });
}
