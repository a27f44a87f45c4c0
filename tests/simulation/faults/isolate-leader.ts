// Nobody hears the leader, and it hears nobody.
import type { Fault } from "./fault.ts";
import { separate } from "./links.ts";

export const isolateLeader: Fault = {
  weight: 3,
  forMs: { min: 300, max: 4_000 },
  begin(world) {
    const place = world.leader?.place;
    return place === undefined ? null : separate(world, "partition: leader isolated", (a) => a === place);
  },
};
