// A question to another group, at the addresses that were last heard of: first where it is by a configuration that is still to
// be adopted. `elsewhere`: asked of another member than the last time. Whoever is reached there in vain changes nothing, for each question names its group.
import type { GroupId } from "../../base/ids.ts";
import type { AskedOperation, CompanionQuestion } from "../../replica/companion.ts";
import type { ShardedStateMachine } from "../sharded-state-machine.ts";

export type Question = { readonly operation: AskedOperation; readonly elsewhere: boolean };

export function questionTo(machine: ShardedStateMachine, group: GroupId, { operation, elsewhere }: Question): CompanionQuestion {
  const { laterAddresses, state, configuration } = machine;
  const members = [...laterAddresses.membersOf(group, configuration.number), ...state.configurations.membersOf(group)];
  return { to: "group", group, peers: [...new Set(members.map(({ peer }) => peer))], operation, elsewhere };
}
