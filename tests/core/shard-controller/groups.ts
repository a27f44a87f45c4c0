// Groups and members for tests of the shard controller, and a machine that is asked in plain words.
import { asGroup, asIndex, asMember, asServiceIndex } from "../../../core/base/ids.ts";
import type { GroupId } from "../../../core/base/ids.ts";
import type { FoundingMember } from "../../../core/replica/identity.ts";
import type { ControllerCommand, ControllerQuery, GroupMembers } from "../../../core/shard-controller/commands.ts";
import { encodeControllerCommand, encodeControllerQuery } from "../../../core/shard-controller/commands.ts";
import { ControllerStateMachine } from "../../../core/shard-controller/controller-state-machine.ts";
import type { ControllerResult } from "../../../core/shard-controller/results.ts";
import { decodeControllerResult } from "../../../core/shard-controller/results.ts";
import type { Configuration, MemberAddress } from "../../../core/shards/configuration.ts";

export const addressOf = (group: string, ordinal: number): MemberAddress => ({
  peer: `${group}-${ordinal}.:7401`,
  http: `http://${group}-${ordinal}.:7400`,
  redis: null,
});

export const members = (group: string, count = 3): GroupMembers => ({
  group: asGroup(group),
  members: Array.from({ length: count }, (_, ordinal) => addressOf(group, ordinal)),
});

export const groups = (...names: readonly string[]): readonly GroupId[] => names.map(asGroup);

export const foundingMembers = (name: string, count = 3): readonly FoundingMember[] =>
  Array.from({ length: count }, (_, ordinal) => ({
    member: asMember(`${name}-${ordinal}`),
    place: { ordinal, address: addressOf(name, ordinal).peer },
  }));

export class AskedMachine {
  readonly machine = new ControllerStateMachine();
  applied = 0;

  apply(command: ControllerCommand): ControllerResult {
    return this.applyBytes(encodeControllerCommand(command));
  }

  applyBytes(bytes: Uint8Array): ControllerResult {
    const index = ++this.applied;
    const context = { index: asIndex(index), serviceIndex: asServiceIndex(index), stampMs: index };
    return decoded((this.machine.apply as (command: Uint8Array, context: unknown) => Uint8Array).call(this.machine, bytes, context));
  }

  ask(query: ControllerQuery): ControllerResult {
    return decoded(this.machine.query(encodeControllerQuery(query)));
  }

  configuration(number: number | null = null): Configuration {
    const result = this.ask({ kind: "configuration", number });
    if (result.kind !== "configuration") throw new Error(`no configuration ${String(number)}: ${result.kind}`);
    return result.configuration;
  }
}

function decoded(bytes: Uint8Array): ControllerResult {
  const result = decodeControllerResult(bytes);
  if (result === null) throw new Error("the machine answered in a way that nobody understands");
  return result;
}

/** How many shards each group has, groups without any included. */
export function load({ shards, groups: all }: Configuration): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.keys(all).map((group) => [group, shards.filter((owner) => owner === group).length]));
}

export function movesBetween(before: readonly (GroupId | null)[], after: readonly (GroupId | null)[]): number {
  return before.filter((owner, shard) => owner !== after[shard]).length;
}
