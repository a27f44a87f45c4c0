// Counters made of reads and guarded puts: everybody puts the number after the one last seen, and only one can succeed.
import type { KvInput } from "../../../core/linearizability/kv-operations.ts";
import type { WorkloadPorts } from "./catalogue.ts";
import type { Workload } from "./workload.ts";

export class CounterWorkload implements Workload {
  readonly #ports: WorkloadPorts;
  #reads = true;

  constructor(ports: WorkloadPorts) {
    this.#ports = ports;
  }

  next(): KvInput {
    const { versions } = this.#ports;
    const key = this.#ports.key("counter");
    this.#reads = !this.#reads;
    if (this.#reads) return { kind: "get", key };
    const seen = versions.of(key);
    return { kind: "put", key, value: String(seen + 1), ifVersion: seen };
  }
}
