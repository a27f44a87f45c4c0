// A process is back so soon that nobody had time to miss it: its peers still wait for answers that it no longer owes.
import { between, chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const swiftRestart: Fault = {
  weight: 2,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const process = dice[1] < 0.4 ? world.leader : chosen(world.running, dice[0]);
    if (process === null) return null;
    if (dice[2] < 0.5) process.losePower();
    else process.kill();
    world.effects["swift restart"]++;
    world.after(between(0, 30_000, dice[2]), () => process.start());
    return null;
  },
};
