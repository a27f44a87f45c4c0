// What the outputs of one partition can show at all. States that differ only in what nobody saw are one state, and
// unknown writes that differ only in that are interchangeable; without this, a key with many writes of unknown outcome
// has more candidate states than a check could ever visit.
import { lineageOf, NO_LINEAGE } from "./lineage.ts";
import type { KvLineage } from "./lineage.ts";
import type { KvHistory } from "../kv-operations.ts";

export type KvVisibility = {
  readonly versions: boolean;
  readonly lengths: boolean;
  /** Whether an unknown delete could have set the version back. */
  readonly unknownDeletes: boolean;
  /** Some read returned a value that begins with this one. */
  readonly startsSomeRead: (value: string) => boolean;
  /** Some read returned a value that contains this one. */
  readonly isPartOfSomeRead: (value: string) => boolean;
  readonly lineage: KvLineage;
};

export const ALL_IS_SEEN: KvVisibility = {
  versions: true,
  lengths: true,
  unknownDeletes: true,
  startsSomeRead: () => true,
  isPartOfSomeRead: () => true,
  lineage: NO_LINEAGE,
};

export function seenIn(partition: KvHistory): KvVisibility {
  const outputs = partition.flatMap(({ outcome }) => (outcome.kind === "done" ? [outcome.output] : []));
  const reads = [...new Set(outputs.flatMap((output) => (output.kind === "found" ? [output.value] : [])))].sort();
  const longest = reads.filter((value, position) => reads[position + 1]?.startsWith(value) !== true);
  // A sum depends on all of the value before it.
  const isCounted = partition.some(({ input }) => input.kind === "increment");
  return {
    versions:
      outputs.some((output) => "version" in output && output.version !== undefined) ||
      partition.some(({ input }) => "ifVersion" in input && input.ifVersion !== undefined),
    lengths: outputs.some((output) => output.kind === "written" && output.length !== undefined),
    unknownDeletes: partition.some(({ input, outcome }) => input.kind === "delete" && outcome.kind === "unknown"),
    startsSomeRead: isCounted ? () => true : (value) => firstNotBelow(reads, value)?.startsWith(value) ?? false,
    isPartOfSomeRead: isCounted ? () => true : (value) => longest.some((read) => read.includes(value)),
    lineage: isCounted ? NO_LINEAGE : lineageOf(partition, reads),
  };
}

/** Where the values that begin with this one start, if there are any. */
function firstNotBelow(sorted: readonly string[], value: string): string | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low];
}
