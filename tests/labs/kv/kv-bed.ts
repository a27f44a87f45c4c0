// One group of replicas, clerks that reach all of it or some of it, and what all of them saw.
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { explain, summaryOf } from "../../../core/linearizability/explanation.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import { HistoryRecorder } from "../../../core/linearizability/recorder.ts";
import type { Threshold } from "../figures.ts";
import type { Bench } from "../lab.ts";
import { demand } from "../script.ts";
import { siteIn } from "./addresses.ts";
import type { Line } from "./caller.ts";
import { Clerk } from "./clerk.ts";
import type { Recorder } from "./clerk.ts";
import { emptySnapshotBytes, GroupCluster } from "./group-cluster.ts";

export type BedOptions = { readonly size: number; readonly isReliable: boolean; readonly stateBytesMax: number | null };

const GROUP_ID = "1";

export class KvBed {
  readonly bench: Bench;
  readonly cluster: GroupCluster;
  readonly recorder: Recorder = new HistoryRecorder<KvInput, KvOutput>();
  #clerks = 0;

  constructor(bench: Bench, options: BedOptions) {
    this.bench = bench;
    this.cluster = new GroupCluster(bench, { ...options, id: GROUP_ID, askElsewhere: null });
  }

  /** It knows them all. Whom it can reach may change: that array is the caller's. */
  clerk(reach: readonly number[] = this.cluster.places): Clerk {
    return this.#clerk(reach, this.recorder);
  }

  /** For what the check's model doesn't know. */
  unrecordedClerk(): Clerk {
    return this.#clerk(this.cluster.places, null);
  }

  #clerk(reach: readonly number[], recorder: Recorder | null): Clerk {
    const { bench, cluster } = this;
    const line: Line = {
      time: bench.time,
      endpoints: cluster.origins,
      map: null,
      ask: (origin, { timeoutMs, ...operation }, told) => {
        const { place } = siteIn(origin);
        if (reach.includes(place)) cluster.ask({ place, operation, timeoutMs }, told);
        else cluster.askNobody(told);
      },
    };
    return new Clerk({ name: `c${++this.#clerks}`, line, random: bench.random, recorder });
  }

  /** The largest log that any member has. Where the policy is never to take a snapshot, there is none. */
  measureSizes(): void {
    const { stateBytesMax, stateBytes, snapshotBytes } = this.cluster;
    if (stateBytesMax === null) demand(snapshotBytes === 0, () => "somebody took a snapshot");
    else this.bench.figures.measure(logSizeFor(stateBytesMax), stateBytes);
  }

  /** Of the largest snapshot, what it has more than that of a group without keys. */
  get snapshotBytes(): number {
    const { id, machine, snapshotBytes } = this.cluster;
    demand(machine !== null && snapshotBytes > 0, () => "nobody took a snapshot");
    return snapshotBytes - emptySnapshotBytes({ id, configuration: machine.configuration });
  }

  demandLinearizable(): void {
    demandLinearizable(this.recorder);
  }
}

export const logSizeFor = (stateBytesMax: number): Threshold => ({
  ...{ name: "persisted state", unit: "bytes", bound: "atMost" },
  limit: 8 * stateBytesMax,
});

/** Running out of steps is not a pass. */
export function demandLinearizable(recorder: Recorder): void {
  const verdict = checkHistory(recorder.history(), KV_MODEL);
  demand(recorder.size > 0, () => "no client did anything");
  if (verdict.kind === "linearizable") return;
  demand(verdict.kind === "violation", () => `the check ran out of steps (${String(verdict.steps)})`);
  const summary = summaryOf(explain(verdict.partition.operations, KV_MODEL), KV_MODEL);
  demand(false, () => `not linearizable: ${summary}`);
}
