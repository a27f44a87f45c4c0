// Which shards are between two groups now, put together from what each group says of itself. Groups answer at different
// moments, so this is a picture for people and not a fact to decide by.
import type { GroupId } from "../base/ids.ts";
import type { Configuration } from "../shards/configuration.ts";
import { ownerOf } from "../shards/configuration.ts";

export type MoveState = "pulling" | "frozen" | "handedOver";

/** What a group said: the shards that it has in each state, and the configuration that it has adopted. */
export type GroupShards = { readonly configNumber: number | null } & { readonly [S in MoveState]: readonly number[] };

export type Migration = {
  readonly shard: number;
  readonly from: GroupId | null;
  readonly to: GroupId | null;
  /** The furthest that either side said. */
  readonly state: MoveState;
};

const ORDER: readonly MoveState[] = ["pulling", "frozen", "handedOver"];

/** `before`: the configuration that came before the latest, as far as it is known: whose the shards were. */
export function migrationsIn(
  { latest, before }: { readonly latest: Configuration; readonly before: Configuration | null },
  said: ReadonlyMap<GroupId, GroupShards>,
): readonly Migration[] {
  const found = new Map<number, { from: GroupId | null; to: GroupId | null; state: MoveState }>();
  for (const state of ORDER) {
    for (const [group, shards] of said) {
      for (const shard of shards[state]) {
        const known = found.get(shard) ?? { from: previousOwner(before, shard), to: ownerOf(latest, shard), state };
        const side = state === "pulling" ? { to: group } : { from: group };
        found.set(shard, { ...known, ...side, state });
      }
    }
  }
  return [...found].sort(([a], [b]) => a - b).map(([shard, migration]) => ({ shard, ...migration }));
}

const previousOwner = (before: Configuration | null, shard: number): GroupId | null => (before === null ? null : ownerOf(before, shard));
