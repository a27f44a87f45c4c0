// A place that had nobody gets a process with a blank disk. It finds the group, joins as a learner, and is promoted by the
// leader once it has caught up.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const memberAdded: Fault = {
  weight: 2,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const process = chosen(world.unwanted, dice[0]);
    if (process === null || world.leader === null) return null;
    process.isWanted = true;
    if (dice[1] < 0.5) process.wipe();
    process.start();
    world.effects["member added"]++;
    return null;
  },
};
