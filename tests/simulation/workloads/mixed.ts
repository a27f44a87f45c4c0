// Everything on the same few keys, deletions without a guard included.
import type { KvInput } from "../../../core/linearizability/kv-operations.ts";
import type { WorkloadPorts } from "./catalogue.ts";
import type { Workload } from "./workload.ts";

export class MixedWorkload implements Workload {
  readonly #ports: WorkloadPorts;

  constructor(ports: WorkloadPorts) {
    this.#ports = ports;
  }

  next(): KvInput {
    const { random, value, versions } = this.#ports;
    const key = this.#ports.key("mixed");
    const kind = random.pick(["get", "get", "put", "append", "delete"] as const);
    if (kind === "get") return { kind, key };
    const guard = random.chance(0.3) ? { ifVersion: versions.of(key) } : {};
    return kind === "delete" ? { kind, key, ...guard } : { kind, key, value: value(), ...guard };
  }
}
