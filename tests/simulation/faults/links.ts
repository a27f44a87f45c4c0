// Which links a fault of the network concerns.
import type { World } from "../world/world.ts";
import type { LinkName } from "../world/network.ts";
import type { EffectName } from "../world/counters.ts";
import type { End } from "./fault.ts";
import { chosen } from "./fault.ts";

/** All of them, those of one place, or a single one. */
export function someLinks(world: World, dice: readonly [number, number, number]): readonly LinkName[] {
  const { allLinks } = world.network;
  if (dice[0] < 0.6) return allLinks;
  const place = chosen(world.processes, dice[1])?.place;
  if (dice[0] < 0.85) return allLinks.filter(({ from, to }) => from === place || to === place);
  const one = chosen(allLinks, dice[1]);
  return one === null ? [] : [one];
}

/** Cuts both directions of every pair that the rule separates. Counted once some message was lost by it. */
export function separate(world: World, name: EffectName, isSeparated: (a: number, b: number) => boolean): End {
  const { network } = world;
  const cut = network.allLinks.filter(({ from, to }) => isSeparated(from, to) || isSeparated(to, from));
  const lostBefore = network.lostToCuts;
  const heal = network.troubleAll(cut, { cut: 1 });
  return () => {
    heal();
    if (network.lostToCuts > lostBefore) world.effects[name]++;
  };
}
