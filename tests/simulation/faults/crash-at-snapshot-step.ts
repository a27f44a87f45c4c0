// Power fails somewhere in the making, sending, receiving or installing of a snapshot.
import { between } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const crashAtSnapshotStep: Fault = {
  weight: 2,
  forMs: { min: 1_000, max: 5_000 },
  begin(world, { dice }) {
    let stepsLeft = between(0, 6, dice[0]);
    const stopWatching = world.hooks.snapshotStep.watch((process) => {
      if (stepsLeft-- > 0) return;
      stopWatching();
      world.disturbAfter(dice[1] < 0.5 ? 0 : between(0, 3_000, dice[1]), () => {
        if (!process.isRunning) return;
        process.losePower();
        world.effects["crash: at a step of a snapshot"]++;
        world.after(between(50, 1_500, dice[2]) * 1_000, () => process.start());
      });
    });
    return stopWatching;
  },
};
