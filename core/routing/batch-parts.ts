// A batch has keys of many shards; what takes effect together is the part of one shard. The split depends on the keys
// alone and never on who owns what, so that a part that is sent again under its serial, wherever, is the same part.
import { shardOf } from "../shards/slots.ts";

export type BatchPart<T> = {
  readonly shard: number;
  /** Where each of them stands in the whole batch, rising. */
  readonly positions: readonly number[];
  readonly operations: readonly T[];
};

export function splitByShard<T>(operations: readonly T[], keyOf: (operation: T) => Uint8Array): readonly BatchPart<T>[] {
  const parts = new Map<number, { positions: number[]; operations: T[] }>();
  operations.forEach((operation, position) => {
    const shard = shardOf(keyOf(operation));
    const part = parts.get(shard) ?? { positions: [], operations: [] };
    parts.set(shard, part);
    part.positions.push(position);
    part.operations.push(operation);
  });
  return [...parts].map(([shard, part]) => ({ shard, ...part }));
}

/** What came of the parts, one list for each of them, in the order of the whole batch. */
export function joinParts<T, R>(parts: readonly BatchPart<T>[], results: readonly (readonly R[])[]): readonly R[] {
  const joined: R[] = [];
  parts.forEach(({ positions }, i) => positions.forEach((position, j) => (joined[position] = results[i]?.[j] as R)));
  return joined;
}
