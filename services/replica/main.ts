// One replica of a group as a process: reads its configuration and runs as a member whose group keeps shards of keys and
// values. Only wiring; what any part does is in its own file.
import { Mover } from "../../core/shards/mover/mover.ts";
import { ownConfiguration } from "../../core/shards/own-configuration.ts";
import { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { LogIndex } from "../../core/base/ids.ts";
import type { FilePort } from "../../runtime/disk/file-port.ts";
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import type { LocalGroup } from "../../runtime/replica/group-desk.ts";
import type { GroupState, Life } from "../../runtime/replica/member.ts";
import { configOrEnd, runMemberProcess } from "../../runtime/replica/member-process.ts";
import { ShardMoves } from "../../runtime/replica/shard-moves.ts";
import type { Environment } from "../../runtime/settings/settings.ts";
import type { ReplicaConfig } from "./config.ts";
import { addressOf, environment, memberAddresses, replicaConfig, SERVICE } from "./config.ts";
import { equipReplica } from "./effects.ts";

export type ReplicaProcess = { readonly environment: Environment; readonly files: FilePort };

/** Returns once the process listens; it goes on until it is told to stop or can't keep its promises. */
export async function runReplica({ environment, files }: ReplicaProcess): Promise<void> {
  const config = configOrEnd(() => replicaConfig(environment));
  let moves: ShardMoves | null = null;
  await runMemberProcess({
    service: SERVICE,
    config,
    files,
    createState: () => createState(config, (index) => moves?.stepped(index)),
    controllers: config.controllers.length === 0 ? null : { addresses: config.controllers, self: addressOf(config) },
    asGroup: localGroup,
    equip: (parts) => {
      moves = new ShardMoves(parts);
      return equipReplica(config, parts);
    },
  });
}

function createState(config: ReplicaConfig, onStep: (index: LogIndex) => void): GroupState<ShardedStateMachine> {
  const { group, limits, controllers } = config;
  const machine = new ShardedStateMachine({ group, limits, onStep });
  // Without controllers nobody else could say whose the shards are.
  const own = controllers.length === 0 ? ownConfiguration(group, memberAddresses(config)) : null;
  return { machine, partitions: machine, companion: new Mover({ machine, own }) };
}

function localGroup({ host, machine }: Life<ShardedStateMachine>): LocalGroup {
  return {
    configNumber: machine.configuration.number,
    // Every answer asks for the number, few for the leader: what is said of a whole replica takes its time.
    get leader() {
      const { leader, self, membership } = host.status().raft;
      return leader === null || leader === self ? null : (membership.places[leader]?.address ?? null);
    },
    request: (operation, options) => host.request(operation, options),
  };
}

if (import.meta.main) await runReplica({ environment, files: nodeFiles() });
