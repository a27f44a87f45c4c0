// Puts and deletes under guards: some hold, and those that don't must change nothing.
import type { KvInput } from "../../../core/linearizability/kv-operations.ts";
import type { WorkloadPorts } from "./catalogue.ts";
import type { Workload } from "./workload.ts";

export class GuardedWorkload implements Workload {
  readonly #ports: WorkloadPorts;

  constructor(ports: WorkloadPorts) {
    this.#ports = ports;
  }

  next(): KvInput {
    const { random, value, versions } = this.#ports;
    const key = this.#ports.key("guarded");
    const die = random.fraction();
    if (die < 0.3) return { kind: "get", key };
    const seen = versions.of(key);
    const ifVersion = random.chance(0.7) ? seen : random.between(0, seen + 1);
    if (die < 0.4) return random.chance(0.5) ? { kind: "delete", key } : { kind: "delete", key, ifVersion };
    return { kind: "put", key, value: value(), ifVersion };
  }
}
