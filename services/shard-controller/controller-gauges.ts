// What the configuration says, for Prometheus. Who watches learns from it which groups there should be, also when no process of one is left.
import type { ControllerStateMachine } from "../../core/shard-controller/controller-state-machine.ts";
import type { Configuration } from "../../core/shards/configuration.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import type { MemberView } from "../../runtime/replica/member.ts";

export function controllerGauges(metrics: Metrics, member: Pick<MemberView<ControllerStateMachine>, "life">): void {
  const read = (name: `flotilla_${string}`, help: string, value: (machine: ControllerStateMachine) => number): void => {
    metrics.read("gauge", { name, help }, () => (member.life === null ? [] : [{ labels: {}, value: value(member.life.machine) }]));
  };
  read("flotilla_controller_configuration_number", "The number of the latest configuration", ({ latest }) => latest.number);
  read("flotilla_controller_groups", "Groups of replicas in the latest configuration", ({ latest }) => Object.keys(latest.groups).length);
  read("flotilla_controller_foundings", "Groups of replicas that were ever founded", ({ foundings }) => foundings.size);
  const shards = { name: "flotilla_controller_shards", help: "Shards that a group has in the latest configuration" } as const;
  metrics.read("gauge", { ...shards, labels: ["group"] }, () =>
    member.life === null ? [] : [...shardCounts(member.life.machine.latest)].map(([group, value]) => ({ labels: { group }, value })),
  );
}

function shardCounts({ groups, shards }: Configuration): ReadonlyMap<string, number> {
  const counts = new Map(Object.keys(groups).map((group) => [group, 0]));
  for (const owner of shards) if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}
