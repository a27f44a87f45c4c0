// Whether everything is as it should be once the world has come to rest: each shard is served by its owner, or lost with a group that
// alone had it; and what clients were told has an order, but for what may be lost.
import { utf8 } from "../../../core/base/bytes.ts";
import type { GroupId } from "../../../core/base/ids.ts";
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { explain, summaryOf } from "../../../core/linearizability/explanation.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import { ownerOf } from "../../../core/shards/configuration.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { isServed } from "../../../core/shards/shard-status.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Bench } from "../../core/shards/bench/bench.ts";
import { must } from "../must.ts";
import type { Ownership } from "./ownership.ts";
import { statusOf } from "./stages.ts";

/** How many shards are lost for good. */
export function judgeShards(bench: Bench, { shards }: Configuration): number {
  let lost = 0;
  shards.forEach((owner, shard) => {
    must(owner !== null, `shard ${String(shard)} is nobody's`);
    const elsewhere = bench.groups.find(({ id }) => id !== owner && !bench.gone.has(id) && has(bench, id, shard));
    must(elsewhere === undefined, `group ${String(elsewhere?.id)} has shard ${String(shard)}, which is group ${owner}'s`);
    if (bench.gone.has(owner)) {
      must(has(bench, owner, shard), `shard ${String(shard)} is left to group ${owner}, which is gone and never had it`);
      lost++;
    } else {
      const { kind } = statusOf(bench, owner, shard);
      must(kind === "serving", `shard ${String(shard)} is ${kind} at its owner, group ${owner}`);
    }
  });
  return lost;
}

function has(bench: Bench, group: GroupId, shard: number): boolean {
  const status = statusOf(bench, group, shard);
  return isServed(status) || status.kind === "frozen";
}

/** How many answers were lost. */
export function judgeHistory(bench: Bench, ownership: Ownership, keys: readonly string[]): number {
  for (const key of keys) {
    const owner = ownerOf(bench.configuration, shardOf(utf8(key)));
    if (owner === null || bench.gone.has(owner)) continue;
    const value = bench.valueOf(key);
    const tokens = value?.match(/<[^>]*>/g) ?? [];
    must(new Set(tokens).size === tokens.length, `${key} has something twice: ${String(value)}`); // F39
    bench.history.done(bench.history.called("judge", { kind: "get", key }), value === null ? { kind: "absent" } : { kind: "found", value });
  }
  let lost = 0;
  const history = bench.history.without((key, answered) => {
    const isLost = ownership.isLost(key, answered);
    if (isLost) lost++;
    return isLost;
  });
  const verdict = checkHistory(history, KV_MODEL);
  if (verdict.kind === "violation")
    must(false, `not linearizable: ${summaryOf(explain(verdict.partition.operations, KV_MODEL), KV_MODEL)}`);
  must(verdict.kind === "linearizable", "the check of what clients were told ran out of steps");
  return lost;
}
