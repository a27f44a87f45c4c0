// The whole site loses power at one moment, and everybody comes back, each in its own time.
import { between, shuffledBy } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const crashEverybody: Fault = {
  weight: 1,
  forMs: { min: 50, max: 1_000 },
  begin(world, { dice }) {
    const processes = world.running;
    if (processes.length < 2) return null;
    for (const process of processes) process.losePower();
    world.effects["crash: everybody at once"]++;
    return () => {
      for (const [i, process] of shuffledBy(processes, dice[1]).entries()) {
        world.after(i * between(0, 300_000, dice[2]), () => process.start());
      }
    };
  },
};
