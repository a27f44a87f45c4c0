// A question to another group, at the addresses that were last heard of.
import type { GroupId } from "../../base/ids.ts";
import type { AskedOperation, CompanionQuestion } from "../../replica/companion.ts";
import type { ShardedStateMachine } from "../sharded-state-machine.ts";

export function questionTo(machine: ShardedStateMachine, group: GroupId, operation: AskedOperation): CompanionQuestion {
  const peers = machine.state.configurations.membersOf(group).map(({ peer }) => peer);
  return { to: "group", group, peers, operation };
}
