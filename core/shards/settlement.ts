// A configuration that says who has what, made when a group is gone for good and its moves would never end. Whoever has
// exactly what is its own there may adopt it in the middle of its moves, and over others in between: what was leaving is
// served on, and what was being pulled is dropped. Nothing is moved by it. See decision 21.
import type { GroupId } from "../base/ids.ts";
import type { Configuration } from "./configuration.ts";
import { encodeConfiguration, ownerOf } from "./configuration.ts";
import { encodeGroupCommand } from "./group-commands.ts";
import type { ShardStatus } from "./shard-status.ts";
import { isServed } from "./shard-status.ts";
import type { ShardedState } from "./sharded-state.ts";

export type Settlement = {
  readonly configuration: Configuration;
  /** Groups of which an administrator has said that what they may have taken in is lost: a shard that stands still for one of them is had here. */
  readonly frozenTo: readonly GroupId[];
};

/** A group whose moves have ended adopts it in its turn. */
export function maySettle(state: ShardedState, { configuration, frozenTo }: Settlement): boolean {
  const { group } = state.options;
  if (state.isSettled || configuration.number <= state.configurations.current.number) return false;
  return state.shards.every(({ status }, shard) => {
    const owner = ownerOf(configuration, shard);
    // Its receiver may serve it by now.
    if (status.kind === "frozen" && !frozenTo.includes(status.to)) return false;
    return status.kind === "parked" ? owner === null : isHad(status) === (owner === group);
  });
}

const isHad = (status: ShardStatus): boolean => isServed(status) || status.kind === "frozen";

export function encodeSettlement({ configuration, frozenTo }: Settlement): Uint8Array {
  return encodeGroupCommand({ kind: "settle", frozenTo, configuration: encodeConfiguration(configuration) });
}
