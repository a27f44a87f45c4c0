// The places fall into two parts that don't hear each other.
import { between, shuffledBy } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { separate } from "./links.ts";

export const partitionHalves: Fault = {
  weight: 3,
  forMs: { min: 300, max: 5_000 },
  begin(world, { dice }) {
    const places = shuffledBy(world.processes, dice[0]).map(({ place }) => place);
    if (places.length < 2) return null;
    const here = new Set(places.slice(0, between(1, places.length - 1, dice[1])));
    return separate(world, "partition: majority and minority", (a, b) => here.has(a) && !here.has(b));
  },
};
