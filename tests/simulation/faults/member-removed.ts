// A voter is taken out of the group, the leader itself now and then, and its process goes on until somebody ends it.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const memberRemoved: Fault = {
  weight: 2,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const { leader } = world;
    const process = dice[1] < 0.3 ? leader : chosen(world.wanted, dice[0]);
    if (leader === null || process === null || process.member === null || !world.budget.mayRemove(process)) return null;
    const { member } = process;
    process.isWanted = false;
    world.budget.leaving(process);
    leader.ask({ kind: "changeMembership", change: { kind: "removeMember", member } }, (outcome) => {
      if (outcome.kind === "done") world.effects["member removed"]++;
    });
    return null;
  },
};
