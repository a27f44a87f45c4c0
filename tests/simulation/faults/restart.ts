// A member is asked to end, as in an upgrade: it hands over if it leads, ends by itself, and comes back.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const restart: Fault = {
  weight: 2,
  forMs: { min: 200, max: 2_000 },
  begin(world, { dice }) {
    const process = dice[1] < 0.5 ? world.leader : chosen(world.running, dice[0]);
    if (process === null) return null;
    process.shutDown();
    world.effects.restart++;
    return () => process.start();
  },
};
