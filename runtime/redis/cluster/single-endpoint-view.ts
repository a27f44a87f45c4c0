// The cluster as clients of the single endpoint see it: one node, at the address at which they reached it, that has every slot.
import type { GroupId } from "../../../core/base/ids.ts";
import type { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { SLOTS } from "../../../core/shards/slots.ts";
import type { Reached } from "../redis-server.ts";
import type { ClusterFacts, ClusterView, GroupNodes, Node, Range } from "./cluster-view.ts";

export class SingleEndpointView implements ClusterFacts {
  readonly self: Node;
  readonly isLeader = true;
  readonly #cluster: ClusterView;

  constructor(cluster: ClusterView, { host, port }: Reached) {
    this.#cluster = cluster;
    this.self = { ...cluster.self, host: host.replace(/^::ffff:/, ""), port };
  }

  get group(): GroupId {
    return this.#cluster.group;
  }

  get members(): number {
    return this.#cluster.members;
  }

  get machine(): ShardedStateMachine | null {
    return this.#cluster.machine;
  }

  ownLeader(): Node {
    return this.self;
  }

  nodesOf(group: GroupId): GroupNodes {
    return { group, leader: this.self, others: [] };
  }

  ranges(): readonly Range[] {
    return [{ start: 0, end: SLOTS - 1, group: this.group }];
  }

  groups(): readonly GroupNodes[] {
    return [this.nodesOf(this.group)];
  }
}
