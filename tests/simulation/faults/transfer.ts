// Somebody asks the leader to hand over, in the middle of everything else.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const transfer: Fault = {
  weight: 3,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const to = dice[1] < 0.3 ? null : (chosen(world.running, dice[0])?.member ?? null);
    world.leader?.ask({ kind: "transferLeadership", to }, (outcome) => {
      if (outcome.kind === "done") world.effects["transfer asked"]++;
    });
    return null;
  },
};
