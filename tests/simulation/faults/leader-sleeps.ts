// The leader's machine sleeps through the election of another, and wakes up cut off from everybody but its clients: it still
// believes that it leads, finds old answers of its followers waiting, and is asked for reads. What it may not do is answer.
import type { End, Fault } from "./fault.ts";
import { between } from "./fault.ts";
import { askAgain, READ } from "./asking.ts";

const READS_WHEN_AWAKE = { operation: READ, count: 12 };

export const leaderSleeps: Fault = {
  weight: 3,
  forMs: { min: 1_200, max: 4_000 },
  begin(world, { dice }) {
    const ends: End[] = [];
    let isOver = false;
    const stopWatching = world.hooks.appended.watch((process) => {
      stopWatching();
      if (process.isPaused) return;
      process.pause();
      ends.push(() => process.resume());
      // What was on its way to it still arrives, and waits.
      world.after(between(0, 60_000, dice[0]), () => {
        if (!isOver) ends.push(world.isolate(process));
      });
      const wake = (): void => {
        if (isOver) return;
        process.resume();
        world.effects["pause: leader slept through an election"]++;
        askAgain(world, process, READS_WHEN_AWAKE);
      };
      // Time for the new leader to commit something.
      ends.push(world.hooks.newLeader.watch(() => world.after(between(20_000, 400_000, dice[1]), wake)));
    });
    return () => {
      isOver = true;
      stopWatching();
      for (const end of ends) end();
    };
  },
};
