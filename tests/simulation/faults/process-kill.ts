// A process is killed. What it wrote stays in the page cache, synced or not; what it knew is gone.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const processKill: Fault = {
  weight: 2,
  forMs: { min: 20, max: 2_000 },
  begin(world, { dice }) {
    const process = chosen(world.running, dice[0]);
    if (process === null) return null;
    process.kill();
    return () => process.start();
  },
};
