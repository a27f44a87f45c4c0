// Everybody hears only the two neighbours, so that no two members know the same majority.
import { shuffledBy } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { separate } from "./links.ts";

export const partitionRing: Fault = {
  weight: 1,
  forMs: { min: 500, max: 5_000 },
  begin(world, { dice }) {
    const order = shuffledBy(world.processes, dice[0]).map(({ place }) => place);
    if (order.length < 4) return null;
    const position = new Map(order.map((place, i) => [place, i]));
    return separate(world, "partition: ring", (a, b) => {
      const distance = Math.abs((position.get(a) ?? 0) - (position.get(b) ?? 0));
      return distance !== 1 && distance !== order.length - 1;
    });
  },
};
