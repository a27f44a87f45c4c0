// Appends of unique tokens, with reads in between: shows what was lost, doubled or put in another order.
import type { KvInput } from "../../../core/linearizability/kv-operations.ts";
import { TOKEN_END } from "../oracle-tokens.ts";
import type { WorkloadPorts } from "./catalogue.ts";
import type { Workload } from "./workload.ts";

export class AppendWorkload implements Workload {
  readonly #ports: WorkloadPorts;

  constructor(ports: WorkloadPorts) {
    this.#ports = ports;
  }

  next(): KvInput {
    const { random, value } = this.#ports;
    const key = this.#ports.key("append");
    return random.chance(0.25) ? { kind: "get", key } : { kind: "append", key, value: `${value()}${TOKEN_END}` };
  }
}
