// Where the services' programs are, whether this is the clone or the installed package.
import { extname, join } from "node:path";
import { environment, environmentOfServices } from "../config.ts";
import type { ServiceName } from "./process-description.ts";

const ROOT = join(import.meta.dirname, "../../..");
const main = (service: ServiceName): string => join(ROOT, "services", service, `main${extname(import.meta.filename)}`);

export const PROGRAMS: Readonly<Record<ServiceName, readonly string[]>> = {
  replica: [main("replica")],
  "shard-controller": [main("shard-controller")],
  coordinator: [main("coordinator")],
  worker: [main("worker")],
};

/** The command line itself. */
export const COMMAND_LINE = join(ROOT, "client/cli", `flotilla${extname(import.meta.filename)}`);

/** Compiled code is kept from start to start: a member that comes back is there in a third of the time. */
const COMPILE_CACHE = join(ROOT, "node_modules/.cache/flotilla");

export const SERVICE_ENVIRONMENT = { NODE_COMPILE_CACHE: COMPILE_CACHE, ...environmentOfServices(environment) };
