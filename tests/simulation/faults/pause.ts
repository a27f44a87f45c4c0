// SIGSTOP, or a virtual machine that is moved: nothing runs, everything that arrives waits and is read late. The leader
// is hit more often than the others.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const pause: Fault = {
  weight: 3,
  forMs: { min: 50, max: 3_000 },
  begin(world, { dice }) {
    const process = dice[1] < 0.5 ? world.leader : chosen(world.running, dice[0]);
    if (process === null || process.isPaused) return null;
    process.pause();
    world.effects.pause++;
    return () => process.resume();
  },
};
