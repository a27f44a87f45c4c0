// A machine dies and another, blank one takes its place.
import { between, chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const wipedDisk: Fault = {
  weight: 2,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const process = chosen(world.processes, dice[0]);
    if (process === null || !process.hasGroup || !world.budget.mayDestroy(process)) return null;
    world.budget.destroyed(process);
    process.losePower();
    process.wipe();
    world.effects["wiped disk"]++;
    world.after(between(0, 2_000, dice[1]) * 1_000, () => process.start());
    return null;
  },
};
