// A bit on a disk is not what was written, or a whole sector is not there. Only as long as the others are a majority without
// it: nobody promises more.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const bitFlip: Fault = {
  weight: 2,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const process = chosen(world.processes, dice[0]);
    // What was damaged is remembered by the member whose it is.
    if (process === null || process.member === null || !world.budget.mayDestroy(process)) return null;
    const isSector = dice[1] * 8 - Math.floor(dice[1] * 8) < 0.3;
    if (isSector ? !process.disk.loseSector(dice[1], dice[2]) : !process.disk.flipBit(dice[1], dice[2])) return null;
    world.budget.destroyed(process);
    world.effects[isSector ? "sector of zeros" : "bit flip"]++;
    // Nobody reads what was written before the next start.
    if (dice[2] < 0.7 && process.isRunning) {
      process.losePower();
      world.after(200_000, () => process.start());
    }
    return null;
  },
};
