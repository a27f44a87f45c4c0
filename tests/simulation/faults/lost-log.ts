// Somebody deletes a member's log, or mounts half of a volume: the member knows who it is and has nothing to show for it.
import { between, chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const lostLog: Fault = {
  weight: 1,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const process = chosen(world.processes, dice[0]);
    if (process === null || !process.hasGroup || !world.budget.mayDestroy(process)) return null;
    world.budget.destroyed(process);
    process.losePower();
    if (process.disk.loseLog()) world.effects["lost log"]++;
    world.after(between(0, 1_000, dice[1]) * 1_000, () => process.start());
    return null;
  },
};
