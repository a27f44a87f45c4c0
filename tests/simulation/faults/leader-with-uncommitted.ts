// A leader is cut off just after it took new entries, goes on taking more, and comes back when the others have moved on:
// what it holds and nobody else does has to give way.
import type { End, Fault } from "./fault.ts";

export const leaderWithUncommitted: Fault = {
  weight: 3,
  forMs: { min: 800, max: 4_000 },
  begin(world) {
    let end: End | null = null;
    const stopWatching = world.hooks.appended.watch((process) => {
      stopWatching();
      world.effects["partition: leader with uncommitted entries"]++;
      end = world.isolate(process);
    });
    return () => {
      stopWatching();
      end?.();
    };
  },
};
