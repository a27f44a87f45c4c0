// The program in which a worker's tasks run: it gets its settings and its assignments from the worker that has started it, and ends with it.
import type { ToTask } from "../../runtime/tasks/processes/task-messages.ts";
import type { TaskSettings } from "../../runtime/tasks/processes/machine-environment.ts";
import { machineEnvironment } from "../../runtime/tasks/processes/machine-environment.ts";
import { serveTasks } from "../../runtime/tasks/processes/task-server.ts";

serveTasks<TaskSettings>(
  {
    send: (message) => void process.send?.(message),
    onMessage: (take) => void process.on("message", (message) => take(message as ToTask<TaskSettings>)),
  },
  (settings) => machineEnvironment(settings, { inputs: {}, outputs: {} }),
);
// A worker that was killed can't say so.
process.once("disconnect", () => process.exit(0));
