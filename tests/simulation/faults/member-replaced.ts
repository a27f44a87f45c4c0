// A person takes a member out and puts a new machine in its place, in whatever order that happens to reach the group.
import { between, chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const memberReplaced: Fault = {
  weight: 1,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const { leader } = world;
    const process = chosen(world.wanted, dice[0]);
    if (leader === null || process === null || process === leader || process.member === null) return null;
    if (!process.hasGroup || !world.budget.mayDestroy(process)) return null;
    const { member } = process;
    world.budget.destroyed(process);
    world.budget.leaving(process);
    leader.ask({ kind: "changeMembership", change: { kind: "removeMember", member } }, () => undefined);
    world.after(between(0, 1_000, dice[1]) * 1_000, () => {
      process.losePower();
      process.wipe();
      world.effects["member replaced"]++;
      world.after(between(0, 500, dice[2]) * 1_000, () => process.start());
    });
    return null;
  },
};
