// Which shards a group has, by what it does with them: for people, metrics and scripts.
import { isServed } from "./shard-status.ts";
import type { ShardedState } from "./sharded-state.ts";

export type ShardLists = {
  /** Those that are leaving and still serve are among them. */
  readonly serving: readonly number[];
  readonly pulling: readonly number[];
  readonly leaving: readonly number[];
  readonly frozen: readonly number[];
  /** Kept, and given to nobody. */
  readonly parked: readonly number[];
};

export function shardLists({ shards }: ShardedState): ShardLists {
  const numbersOf = (holds: (status: (typeof shards)[number]["status"]) => boolean): readonly number[] =>
    shards.flatMap(({ status }, shard) => (holds(status) ? [shard] : []));
  return {
    serving: numbersOf(isServed),
    pulling: numbersOf(({ kind }) => kind === "pulling"),
    leaving: numbersOf(({ kind }) => kind === "leaving"),
    frozen: numbersOf(({ kind }) => kind === "frozen"),
    parked: numbersOf(({ kind }) => kind === "parked"),
  };
}
