// One worker as a process: reads its configuration, takes tasks from coordinators and serves map outputs. Only wiring; what any
// part does is in its own file.
import { configOrEnd } from "../../runtime/replica/member-process.ts";
import { runServiceProcess } from "../../runtime/service-process.ts";
import type { Environment } from "../../runtime/settings/settings.ts";
import { environment, SERVICE, workerConfig } from "./config.ts";
import { equipWorker } from "./effects.ts";

export type WorkerProcess = { readonly environment: Environment };

/** Returns once the process listens; it goes on until it is told to stop. */
export async function runWorker({ environment }: WorkerProcess): Promise<void> {
  const config = configOrEnd(() => workerConfig(environment));
  await runServiceProcess({ service: SERVICE, config, logFields: {}, equip: (parts) => equipWorker(config, parts) });
}

if (import.meta.main) await runWorker({ environment });
