// What a group has, and what moved between groups, for Prometheus. Over all groups, as many shards were handed over as were
// taken when no move is under way: the two are counted in the log of the group that did it.
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { Metrics } from "../../runtime/metrics.ts";

export function shardMetrics(metrics: Metrics, machine: () => ShardedStateMachine | null): void {
  const name = "flotilla_shards_moved_total";
  const help = "Shards that this group handed over to others, and that it took from them";
  metrics.read("counter", { name, help, labels: ["direction"] }, () => {
    const counts = machine()?.state.counts;
    if (counts === undefined) return [];
    return [
      { labels: { direction: "handedOver" }, value: counts.handedOver },
      { labels: { direction: "taken" }, value: counts.taken },
    ];
  });
  const forgotten = {
    name: "flotilla_configuration_forgotten",
    help: "The number of the configuration that this group needs next, where the controllers have it no more; else 0",
  } as const;
  metrics.read("gauge", forgotten, () => {
    const it = machine();
    return it === null ? [] : [{ labels: {}, value: it.forgotten > it.configuration.number ? it.forgotten : 0 }];
  });
  const failed = { name: "flotilla_shard_copies_failed_total", help: "Copies of shards that did not add up and were begun anew" } as const;
  metrics.read("counter", failed, () => {
    const state = machine()?.state;
    return state === undefined ? [] : [{ labels: {}, value: state.count(({ failedCopies }) => failedCopies) }];
  });
}
