// A wall clock is set, by seconds or by hours, forwards or back; or all of them go forward together, as after a sleep. Only
// people and the group's time may notice.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

const JUMPS_MS = [-86_400_000, -3_600_000, -30_000, -500, 500, 30_000, 3_600_000, 86_400_000];

export const clockJump: Fault = {
  weight: 2,
  forMs: { min: 500, max: 6_000 },
  begin(world, { dice }) {
    const process = chosen(world.processes, dice[0]);
    const byMs = chosen(JUMPS_MS, dice[1]);
    if (process === null || byMs === null) return null;
    world.effects["clock jump"]++;
    if (dice[2] < 0.2) {
      for (const { clock } of world.processes) clock.jump(Math.abs(byMs));
      return null;
    }
    process.clock.jump(byMs);
    return dice[2] < 0.6 ? null : () => process.clock.jump(-byMs);
  },
};
