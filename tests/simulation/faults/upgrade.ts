// A member gets a newer binary, or an older one again. When everybody has the newer one, the group agrees on its version, and
// an older binary must not go on.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const upgrade: Fault = {
  weight: 4,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const process = chosen(world.processes, dice[0]);
    if (process === null) return null;
    if (dice[2] < 0.25) {
      process.install("old");
      return null;
    }
    // Half of the upgrades are those of everybody, one after the other.
    const upgraded = dice[1] < 0.5 ? [process] : world.wanted;
    for (const [i, each] of upgraded.entries()) world.disturbAfter(i * 100_000, () => each.install("new"));
    world.effects["binary upgraded"]++;
    return null;
  },
};
