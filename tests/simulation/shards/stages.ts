// Where a group is in its moves, by what is committed there and at the other ends of them.
import type { GroupId } from "../../../core/base/ids.ts";
import type { ShardStatus } from "../../../core/shards/shard-status.ts";
import { isServed } from "../../../core/shards/shard-status.ts";
import type { Bench } from "../../core/shards/bench/bench.ts";
import type { Stage } from "./counters.ts";

export const statusOf = (bench: Bench, group: GroupId, shard: number): ShardStatus =>
  bench.group(group).witness.machine.state.shard(shard).status;

export function stagesOf(bench: Bench, group: GroupId): ReadonlySet<Stage> {
  const stages = new Set<Stage>();
  for (const { id, witness } of bench.groups) {
    witness.machine.state.shards.forEach(({ status }, shard) => {
      if (id === group) {
        if (status.kind === "leaving") stages.add("it gave");
        if (status.kind === "frozen") stages.add("it stood still");
      } else if ((status.kind === "leaving" || status.kind === "frozen") && status.to === group) {
        stages.add(stageOfReceiver(status, statusOf(bench, group, shard)));
      }
    });
  }
  return stages.size === 0 ? new Set(["nothing of its moved"]) : stages;
}

function stageOfReceiver(source: Extract<ShardStatus, { readonly kind: "leaving" | "frozen" }>, own: ShardStatus): Stage {
  if (source.kind === "frozen") return isServed(own) ? "it served, and the source stood still" : "the source stood still";
  return own.kind === "pulling" && own.number === source.number ? "it copied" : "it had not heard of its move";
}
