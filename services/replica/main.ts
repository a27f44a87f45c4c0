// One replica of a group as a process: reads its configuration and runs as a member whose group keeps keys and values. Only
// wiring; what any part does is in its own file.
import { KvStateMachine } from "../../core/kv/kv-state-machine.ts";
import type { FilePort } from "../../runtime/disk/file-port.ts";
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import { configOrEnd, runMemberProcess } from "../../runtime/replica/member-process.ts";
import type { Environment } from "../../runtime/settings/settings.ts";
import { addressOf, environment, replicaConfig, SERVICE } from "./config.ts";
import { equipReplica } from "./effects.ts";

export type ReplicaProcess = { readonly environment: Environment; readonly files: FilePort };

/** Returns once the process listens; it goes on until it is told to stop or can't keep its promises. */
export async function runReplica({ environment, files }: ReplicaProcess): Promise<void> {
  const config = configOrEnd(() => replicaConfig(environment));
  await runMemberProcess({
    service: SERVICE,
    config,
    files,
    createMachine: () => new KvStateMachine(),
    controllers: config.controllers.length === 0 ? null : { addresses: config.controllers, self: addressOf(config) },
    equip: (parts) => equipReplica(config, parts),
  });
}

if (import.meta.main) await runReplica({ environment, files: nodeFiles() });
