// Some links lose messages; how many of both is up to the dice.
import { between } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { someLinks } from "./links.ts";

export const drop: Fault = {
  weight: 3,
  forMs: { min: 500, max: 8_000 },
  begin: (world, { dice }) => world.network.troubleAll(someLinks(world, dice), { lossPermille: between(10, 350, dice[2]) }),
};
