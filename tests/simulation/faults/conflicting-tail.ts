// A leader is cut off with a tail that nobody else has, and comes back at the very moment when the others' log begins behind
// what it had committed: it is sent a snapshot that ends in the middle of its tail, and the whole tail has to go.
import { askAgain, WRITE } from "./asking.ts";
import type { End, Fault } from "./fault.ts";

const LOOK_EVERY_US = 5_000;
const LONGER_TAIL = { operation: WRITE, count: 30 };

export const conflictingTail: Fault = {
  weight: 3,
  forMs: { min: 2_000, max: 6_000 },
  begin(world) {
    let rejoin: End | null = null;
    const end = (): void => {
      stopWatching();
      rejoin?.();
      rejoin = null;
    };
    const stopWatching = world.hooks.appended.watch((process) => {
      stopWatching();
      rejoin = world.isolate(process);
      askAgain(world, process, LONGER_TAIL);
      const look = (): void => {
        if (rejoin === null) return;
        const { leader } = world;
        if (leader === null || leader === process || leader.baseIndex <= process.commitIndex) {
          world.after(LOOK_EVERY_US, look);
          return;
        }
        if (leader.baseIndex < process.lastIndex) world.effects["conflicting tail met by a snapshot"]++;
        end();
      };
      look();
    });
    return end;
  },
};
