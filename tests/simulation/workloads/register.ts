// Reads and writes of a few registers.
import type { KvInput } from "../../../core/linearizability/kv-operations.ts";
import type { WorkloadPorts } from "./catalogue.ts";
import type { Workload } from "./workload.ts";

export class RegisterWorkload implements Workload {
  readonly #ports: WorkloadPorts;

  constructor(ports: WorkloadPorts) {
    this.#ports = ports;
  }

  next(): KvInput {
    const { random, value } = this.#ports;
    const key = this.#ports.key("register");
    return random.chance(0.5) ? { kind: "get", key } : { kind: "put", key, value: value() };
  }
}
