// Somebody can speak and not hear, or hear and not speak: to one other, or to all.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const oneWayCut: Fault = {
  weight: 2,
  forMs: { min: 300, max: 5_000 },
  begin(world, { dice }) {
    const place = dice[1] < 0.5 ? world.leader?.place : chosen(world.processes, dice[0])?.place;
    if (place === undefined) return null;
    const isOutgoing = dice[2] < 0.5;
    const touched = world.network.allLinks.filter(({ from, to }) => (isOutgoing ? from : to) === place);
    const only = dice[2] * 4 - Math.floor(dice[2] * 4) < 0.4 ? chosen(touched, dice[0]) : null;
    const { network } = world;
    const lostBefore = network.lostToCuts;
    const heal = network.troubleAll(only === null ? touched : [only], { cut: 1 });
    return () => {
      heal();
      if (network.lostToCuts > lostBefore) world.effects["one-way cut"]++;
    };
  },
};
