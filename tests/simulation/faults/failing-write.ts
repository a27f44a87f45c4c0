// Writes fail after some of their bytes. As with a failed sync, nothing is known about what the disk holds.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const failingWrite: Fault = {
  weight: 1,
  forMs: { min: 200, max: 1_500 },
  begin(world, { dice }) {
    const process = chosen(world.running, dice[0]);
    if (process === null) return null;
    const stopFailing = process.disk.failWrites(0.02 + 0.2 * dice[1]);
    return () => {
      stopFailing();
      if (dice[2] < 0.5) process.losePower();
      process.start();
    };
  },
};
