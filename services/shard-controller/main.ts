// One shard controller as a process: reads its configuration and runs as a member whose group keeps the configurations. Only
// wiring; what any part does is in its own file.
import { OnePartition } from "../../core/replica/applied/one-partition.ts";
import { ControllerStateMachine } from "../../core/shard-controller/controller-state-machine.ts";
import type { FilePort } from "../../runtime/disk/file-port.ts";
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import { configOrEnd, runMemberProcess } from "../../runtime/replica/member-process.ts";
import type { Environment } from "../../runtime/settings/settings.ts";
import { controllerConfig, environment, SERVICE } from "./config.ts";
import { equipController } from "./effects.ts";

export type ControllerProcess = { readonly environment: Environment; readonly files: FilePort };

/** Returns once the process listens; it goes on until it is told to stop or can't keep its promises. */
export async function runController({ environment, files }: ControllerProcess): Promise<void> {
  const config = configOrEnd(() => controllerConfig(environment));
  await runMemberProcess({
    service: SERVICE,
    config,
    files,
    createState: () => {
      const machine = new ControllerStateMachine();
      return { machine, partitions: new OnePartition(machine, config.limits), companion: null };
    },
    controllers: null,
    asGroup: null,
    equip: (parts) => equipController(config, parts),
  });
}

if (import.meta.main) await runController({ environment, files: nodeFiles() });
