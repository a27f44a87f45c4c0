// Where the programs are that a worker starts, in the clone, in the installed package, and in an image, where each is one file beside the
// worker's own.
import { dirname, extname, join } from "node:path";
import type { SandboxProgram } from "./sandbox/sandbox.ts";

const HERE = import.meta.dirname;
const EXTENSION = extname(import.meta.filename);
const IS_BUNDLED = EXTENSION === ".mjs";

export const TASK_PROGRAM = IS_BUNDLED ? join(HERE, "task.mjs") : join(HERE, "../../services/worker", `task-process${EXTENSION}`);

export const SANDBOX_PROGRAM: SandboxProgram = IS_BUNDLED
  ? { path: join(HERE, "sandbox.mjs"), readable: [join(HERE, "sandbox.mjs")] }
  : { path: join(HERE, "sandbox", `sandbox-process${EXTENSION}`), readable: [join(HERE, "*"), join(dirname(dirname(HERE)), "core", "*")] };
