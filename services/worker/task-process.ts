// The program in which a worker's tasks run: it gets its settings and its assignments from the worker that has started it, and ends with it.
import { inspect } from "node:util";
import type { ToTask } from "../../runtime/tasks/processes/task-messages.ts";
import { machineEnvironment } from "../../runtime/tasks/processes/machine-environment.ts";
import { serveTasks } from "../../runtime/tasks/processes/task-server.ts";
import { onStrayError } from "../../runtime/tasks/code/stray-errors.ts";
import type { WorkerTaskSettings } from "./file-kinds.ts";
import { fileKinds } from "./file-kinds.ts";

serveTasks<WorkerTaskSettings>(
  {
    send: (message) => void process.send?.(message),
    onMessage: (take) => void process.on("message", (message) => take(message as ToTask<WorkerTaskSettings>)),
  },
  (settings) => machineEnvironment(settings, fileKinds(settings)),
);
// What job code without isolation has left behind ends the process, and so the attempt.
onStrayError((error) => {
  process.stderr.write(`${inspect(error)}\n`);
  process.exit(1);
});
// A worker that was killed can't say so.
process.once("disconnect", () => process.exit(0));
