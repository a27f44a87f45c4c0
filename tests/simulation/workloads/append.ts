// Appends of unique tokens, with reads in between: shows what was lost, doubled or put in another order.
import type { KvInput } from "../../../core/linearizability/kv-operations.ts";
import { TOKEN_END } from "../oracle-tokens.ts";
import type { WorkloadPorts } from "./catalogue.ts";
import type { Workload } from "./workload.ts";

/** A key's value grows with every append, so after so many of them by one client another key takes its place. */
const APPENDS_PER_KEY = 60;

export class AppendWorkload implements Workload {
  readonly #ports: WorkloadPorts;
  #appends = 0;

  constructor(ports: WorkloadPorts) {
    this.#ports = ports;
  }

  next(): KvInput {
    const { random, keys, value } = this.#ports;
    const generation = Math.floor(this.#appends / APPENDS_PER_KEY);
    const key = `append-${generation}-${random.between(1, keys)}`;
    if (random.chance(0.25)) return { kind: "get", key };
    this.#appends++;
    return { kind: "append", key, value: `${value()}${TOKEN_END}` };
  }
}
