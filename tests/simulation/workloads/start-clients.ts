// The clients of a run. Those of one workload share its keys; values are unique in the run.
import type { Oracle } from "../oracle.ts";
import type { World } from "../world/world.ts";
import { WORKLOADS } from "./catalogue.ts";
import type { WorkloadKind } from "./catalogue.ts";
import { Client } from "./client.ts";

export function startClients(world: World, oracle: Oracle): readonly Client[] {
  return world.plan.clients.map((profile, i) => {
    const name = `c${i}`;
    const random = world.random.child(`workload ${name}`);
    let values = 0;
    const value = (): string => {
      const unique = `${name}.${values++}.`;
      return unique.padEnd(random.between(unique.length, Math.max(unique.length, profile.valueBytesMax)), "x");
    };
    const key = (kind: WorkloadKind): string => oracle.keys.key(`${kind}-${random.between(1, profile.keys)}`);
    const workload = WORKLOADS[profile.workload]({ random, key, value, versions: oracle.versions });
    const client = new Client(name, profile, { world, oracle, workload });
    client.start();
    return client;
  });
}
