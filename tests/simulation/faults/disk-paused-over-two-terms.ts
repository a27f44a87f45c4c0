// The leader's disk stops answering while it has new entries under way, the others elect two leaders in a row, and only
// then the disk confirms what belongs to a term long gone.
import type { End, Fault } from "./fault.ts";

export const diskPausedOverTwoTerms: Fault = {
  weight: 2,
  forMs: { min: 2_000, max: 6_000 },
  begin(world, { dice }) {
    const ends: End[] = [];
    const end = (): void => {
      for (const each of ends.splice(0)) each();
    };
    const stopWatching = world.hooks.appended.watch((process) => {
      stopWatching();
      const firstTerm = process.term;
      const rejoin = dice[0] < 0.7 ? world.isolate(process) : null;
      ends.push(process.disk.holdSyncs(), () => rejoin?.());
      ends.push(
        world.hooks.newLeader.watch((term) => {
          if (term < firstTerm + 1) return;
          rejoin?.();
          if (term < firstTerm + 2) return world.deposeLeader();
          world.effects["disk paused over two terms"]++;
          end();
        }),
      );
    });
    ends.push(stopWatching);
    return end;
  },
};
