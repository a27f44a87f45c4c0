// A disk takes its time with every sync: a worn one, or one that somebody else keeps busy.
import { between, chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const slowFsync: Fault = {
  weight: 3,
  forMs: { min: 300, max: 5_000 },
  begin(world, { dice }) {
    const process = dice[1] < 0.5 ? world.leader : chosen(world.processes, dice[0]);
    return process?.disk.slowDown(between(5, 400, dice[2]) * 1_000) ?? null;
  },
};
