// Somebody else fills the disk, to the reserve or to the last byte, and later tidies up.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const fullDisk: Fault = {
  weight: 2,
  forMs: { min: 500, max: 5_000 },
  begin(world, { dice }) {
    const process = dice[2] < 0.4 ? world.leader : chosen(world.processes, dice[0]);
    if (process === null) return null;
    const free = process.disk.fill(dice[1]);
    return () => {
      free();
      process.start();
    };
  },
};
