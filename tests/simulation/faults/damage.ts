// Bytes change on their way, or the end of a message is missing. The receiver must see it; then it is as if it was lost.
import { between } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { someLinks } from "./links.ts";

export const damage: Fault = {
  weight: 1,
  forMs: { min: 500, max: 4_000 },
  begin: (world, { dice }) => world.network.troubleAll(someLinks(world, dice), { damagePermille: between(5, 100, dice[2]) }),
};
