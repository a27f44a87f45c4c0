// How much of a disk is a reserve. Below it growth is refused, so that votes, deletes, membership changes and snapshots
// still find room: what would free space must never be what has none.

export const RESERVE_BYTES_MIN = 268_435_456;
const SNAPSHOTS_IN_RESERVE = 1.5;

export type SpaceState = "plenty" | "short";

export type SpaceOptions = {
  /** Set by configuration; null: the larger of 256 MiB and 1.5 times the last snapshot. */
  readonly reserveBytes: number | null;
};

export function reserveOf(options: SpaceOptions, lastSnapshotBytes: number): number {
  return options.reserveBytes ?? Math.max(RESERVE_BYTES_MIN, SNAPSHOTS_IN_RESERVE * lastSnapshotBytes);
}

/** Being short ends a little above where it begins: a leader that hands over because of it must not get back and forth. */
export function spaceState(before: SpaceState, space: { readonly freeBytes: number; readonly reserveBytes: number }): SpaceState {
  const needed = before === "short" ? space.reserveBytes * 1.125 : space.reserveBytes;
  return space.freeBytes < needed ? "short" : "plenty";
}
