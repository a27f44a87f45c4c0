// Just enough members lose power at one moment that the rest is no majority.
import { shuffledBy } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const crashQuorum: Fault = {
  weight: 1,
  forMs: { min: 100, max: 2_500 },
  begin(world, { dice }) {
    const processes = shuffledBy(world.running, dice[0]).slice(0, Math.ceil(world.running.length / 2));
    if (world.running.length < 3) return null;
    for (const process of processes) process.losePower();
    world.effects["crash: a quorum at once"]++;
    return () => {
      for (const process of processes) process.start();
    };
  },
};
