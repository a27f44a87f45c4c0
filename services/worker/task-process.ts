// The program in which a worker's tasks run: it gets its settings and its assignments from the worker that has started it, and ends with it.
import type { ToTask } from "../../runtime/tasks/processes/task-messages.ts";
import { machineEnvironment } from "../../runtime/tasks/processes/machine-environment.ts";
import { serveTasks } from "../../runtime/tasks/processes/task-server.ts";
import type { WorkerTaskSettings } from "./file-kinds.ts";
import { fileKinds } from "./file-kinds.ts";

serveTasks<WorkerTaskSettings>(
  {
    send: (message) => void process.send?.(message),
    onMessage: (take) => void process.on("message", (message) => take(message as ToTask<WorkerTaskSettings>)),
  },
  (settings) => machineEnvironment(settings, fileKinds(settings)),
);
// A worker that was killed can't say so.
process.once("disconnect", () => process.exit(0));
