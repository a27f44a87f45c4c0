// A clock runs too fast or too slow, and with it every timeout of that member.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const clockDrift: Fault = {
  weight: 2,
  forMs: { min: 1_000, max: 10_000 },
  begin(world, { dice }) {
    const process = chosen(world.processes, dice[0]);
    if (process === null) return null;
    process.clock.run(0.8 + 0.4 * dice[1]);
    world.effects["clock drift"]++;
    return () => process.clock.run(1);
  },
};
