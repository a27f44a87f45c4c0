// Puts something else into a member's memory, behind its back; and what its group looks like for that.
import { utf8 } from "../../../../core/base/bytes.ts";
import { encodeCommand, NO_GUARDS } from "../../../../core/kv/commands.ts";
import type { KvStateMachine } from "../../../../core/kv/kv-state-machine.ts";
import { put } from "../kv-calls.ts";
import { ReplicaWorld } from "../replica-world.ts";
import type { MemberInWorld, WorldOptions } from "../replica-world.ts";

export function groupWith(options: Partial<WorldOptions> = {}): ReplicaWorld {
  const world = new ReplicaWorld({ size: 3, ...options });
  const { name } = world.electLeader();
  for (let i = 0; i < 12; i++) world.call(name, put(`k${String(i)}`, "right"));
  world.run(1_500);
  return world;
}

const shardOf = (member: MemberInWorld): KvStateMachine["shard"] => (member.machine as KvStateMachine).shard;

/** A bit of a value: nothing that is kept up to date notices. */
export function flip(member: MemberInWorld, key: string): void {
  const found = shardOf(member).query({ kind: "get", key: utf8(key) }, { stampMs: 0 });
  if (found.kind !== "found") throw new Error(`${member.name} has no ${key}`);
  found.value[0] = (found.value[0] as number) ^ 1;
}

/** As a bug in the program would: it fits together, and is not what the others have. */
export function part(member: MemberInWorld, value = "wrong"): void {
  (member.machine as KvStateMachine).apply(encodeCommand({ kind: "put", key: utf8("k1"), guards: NO_GUARDS, value: utf8(value) }));
}

export const stageOf = (world: ReplicaWorld, { name }: MemberInWorld): string | undefined => world.at(name).replica?.status().stage;
