// A sync fails. The cache goes on showing what the disk never got, so the process must end, and its next life must not believe
// what it reads. Power that is lost some time later shows whether anybody did.
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
      process.losePower();
      process.start();
    };
  },
};
