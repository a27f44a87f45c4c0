// Who may have a shard, as the configurations say: its owners from the latest back, until somebody says that he has passed it on.
// Whoever was its owner before that one has it no more. One that has left the configurations may have it still.
import type { GroupId } from "../base/ids.ts";
import type { Configuration } from "../shards/configuration.ts";
import { ownerOf } from "../shards/configuration.ts";
import type { GroupSaid } from "./holders.ts";

export type Owner = { readonly group: GroupId; readonly number: number };

type Said = ReadonlyMap<GroupId, GroupSaid>;

/** `holder`: who says that he has it. Nobody can have got it by an earlier configuration than the one that he has come to. */
export function possibleOwners(
  configurations: readonly Configuration[],
  shard: number,
  { said, holder }: { readonly said: Said; readonly holder: GroupId | null },
): readonly Owner[] {
  const since = holder === null ? 0 : (said.get(holder)?.configNumber ?? 0);
  const owners: Owner[] = [];
  for (const configuration of configurations.toReversed()) {
    const { number } = configuration;
    const group = ownerOf(configuration, shard);
    if (number < since || group === null || (said.get(group)?.configNumber ?? 0) > number) break;
    owners.push({ group, number });
  }
  return owners;
}

/** Of a shard that nobody says to have. Undefined: somebody who answers should have it, or nobody is gone. */
export function lastGoneOwner(
  owners: readonly Owner[],
  shard: number,
  { said, gone }: { readonly said: Said; readonly gone: readonly GroupId[] },
): GroupId | undefined {
  // Whoever is about to get it, or has not come so far, does not have it yet.
  const shouldHaveIt = ({ group, number }: Owner): boolean => {
    const it = said.get(group);
    return it !== undefined && it.configNumber >= number && !it.pulling.includes(shard);
  };
  return owners.some(shouldHaveIt) ? undefined : owners.find(({ group }) => gone.includes(group))?.group;
}
