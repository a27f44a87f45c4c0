// A machine loses power: the process is gone, and so is everything that it had not synced, in part or as a whole.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const powerLoss: Fault = {
  weight: 3,
  forMs: { min: 50, max: 3_000 },
  begin(world, { dice }) {
    const process = chosen(world.running, dice[0]);
    if (process === null) return null;
    process.losePower();
    return () => process.start();
  },
};
