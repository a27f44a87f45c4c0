// The leader loses power right after it has taken new entries into its log: its disk may or may not hold them, and its
// messages may or may not have left.
import { between } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const crashLeaderAfterAppend: Fault = {
  weight: 2,
  forMs: { min: 300, max: 3_000 },
  begin(world, { dice }) {
    const stopWatching = world.hooks.appended.watch((process) => {
      stopWatching();
      const delayUs = dice[0] < 0.3 ? 0 : between(0, 5_000, dice[1]);
      world.disturbAfter(delayUs, () => {
        if (!process.isRunning) return;
        process.losePower();
        world.effects["crash: leader right after it appended"]++;
        world.after(between(50, 2_000, dice[2]) * 1_000, () => process.start());
      });
    });
    return stopWatching;
  },
};
