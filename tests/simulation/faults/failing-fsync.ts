// A sync fails once. Nothing is known about what the disk holds, so the process must end; it comes back over what is there.
import { between, chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const failingFsync: Fault = {
  weight: 2,
  forMs: { min: 200, max: 2_000 },
  begin(world, { dice }) {
    const process = chosen(world.running, dice[0]);
    if (process === null) return null;
    const stopFailing = process.disk.failSyncs(between(1, 3, dice[1]));
    return () => {
      stopFailing();
      process.start();
    };
  },
};
