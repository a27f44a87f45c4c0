// Two halves that don't hear each other, and one member in the middle that hears all.
import { shuffledBy } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { separate } from "./links.ts";

export const partitionBridge: Fault = {
  weight: 2,
  forMs: { min: 500, max: 5_000 },
  begin(world, { dice }) {
    const [bridge, ...others] = shuffledBy(world.processes, dice[0]).map(({ place }) => place);
    if (bridge === undefined || others.length < 2) return null;
    const here = new Set(others.slice(0, Math.floor(others.length / 2)));
    return separate(world, "partition: bridge", (a, b) => here.has(a) && !here.has(b) && b !== bridge);
  },
};
