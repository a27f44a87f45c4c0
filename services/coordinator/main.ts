// One coordinator as a process: reads its configuration, reaches the store, and has the jobs while it holds the lease. Only
// wiring; what any part does is in its own file.
import { configOrEnd } from "../../runtime/replica/member-process.ts";
import { runServiceProcess } from "../../runtime/service-process.ts";
import type { Environment } from "../../runtime/settings/settings.ts";
import { coordinatorConfig, environment, SERVICE } from "./config.ts";
import { equipCoordinator } from "./effects.ts";

export type CoordinatorProcess = { readonly environment: Environment };

/** Returns once the process listens; it goes on until it is told to stop. */
export async function runCoordinator({ environment }: CoordinatorProcess): Promise<void> {
  const config = configOrEnd(() => coordinatorConfig(environment));
  await runServiceProcess({ service: SERVICE, config, logFields: {}, equip: (parts) => equipCoordinator(config, parts) });
}

if (import.meta.main) await runCoordinator({ environment });
