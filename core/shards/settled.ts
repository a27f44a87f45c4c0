// Settlements that a group has adopted in the middle of its moves. What the configurations in between were to bring never came,
// and what was on its way was dropped: whoever was giving it must be told so, also much later.
import type { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";

export type Settled = {
  /** The configuration that was in force, and that of the settlement. */
  readonly after: number;
  readonly number: number;
  /** Shards that were being pulled by the former. */
  readonly dropped: readonly number[];
};

/** Each is an administrator's word. Of what was before older ones nothing is known any more, as of configurations that were skipped. */
export const SETTLED_KEPT = 8;

/** Whether the shard was not brought here by this configuration, because of a settlement. */
export function wasDropped(settled: readonly Settled[], shard: number, number: number): boolean {
  return settled.some(({ after, number: by, dropped }) => (number > after && number < by) || (number === after && dropped.includes(shard)));
}

/** Settlements that were adopted instead of what came after this configuration: what the group had then, it had by no later one. */
export function settledOver(settled: readonly Settled[], number: number): readonly Settled[] {
  return settled.filter(({ after, number: by }) => after <= number && number < by);
}

export function writeSettled(writer: ByteWriter, settled: readonly Settled[]): void {
  writer.count(settled.length);
  for (const { after, number, dropped } of settled) {
    writer.count(after).count(number).count(dropped.length);
    for (const shard of dropped) writer.count(shard);
  }
}

export function readSettled(reader: ByteReader): readonly Settled[] {
  return readList(reader, () => ({ after: reader.count(), number: reader.count(), dropped: readList(reader, () => reader.count()) }));
}

function readList<T>(reader: ByteReader, read: () => T): readonly T[] {
  const all: T[] = [];
  for (let count = reader.count(); count > 0 && reader.isIntact; count--) all.push(read());
  return all;
}
