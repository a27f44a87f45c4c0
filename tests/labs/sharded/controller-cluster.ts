// The shard controllers: three replicas of the product's own state machine.
import { OnePartition } from "../../../core/replica/applied/one-partition.ts";
import { DEFAULT_LIMITS } from "../../../core/raft/inputs.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../core/replica/options.ts";
import { ControllerStateMachine } from "../../../core/shard-controller/controller-state-machine.ts";
import { CLUSTER } from "../cluster.ts";
import type { MemberParts } from "../cluster.ts";
import type { Bench } from "../lab.ts";
import { ReplicaMember } from "../replica-member.ts";
import { ReplicaCluster } from "../kv/replica-cluster.ts";
import { asGroup } from "../../../core/base/ids.ts";

export const CONTROLLERS = "controllers";
const SIZE = 3;

export class ControllerCluster extends ReplicaCluster {
  constructor(bench: Bench, { isReliable }: { readonly isReliable: boolean }) {
    const random = bench.random.child(`${CONTROLLERS} of ${CLUSTER}`);
    super({ ...bench, random }, { name: CONTROLLERS, size: SIZE, isReliable });
    this.restart(...this.places);
  }

  protected override makeMember(parts: MemberParts<ReplicaMember>): ReplicaMember {
    return new ReplicaMember({
      ...parts,
      time: this.bench.time,
      raftLimits: DEFAULT_LIMITS,
      limits: DEFAULT_REPLICA_LIMITS,
      group: asGroup(CONTROLLERS),
      machine: new OnePartition(new ControllerStateMachine(), DEFAULT_REPLICA_LIMITS),
      companion: null,
      ask: () => undefined,
      send: (message) => this.send(message),
      observe: (observation) => {
        if (observation.kind === "raft") this.observe(parts.self, observation.observation);
      },
    });
  }
}
