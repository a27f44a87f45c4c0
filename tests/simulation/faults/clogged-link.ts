// A link that is not cut and might as well be: everything arrives, and far too late.
import { between } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { someLinks } from "./links.ts";

export const cloggedLink: Fault = {
  weight: 2,
  forMs: { min: 500, max: 5_000 },
  begin: (world, { dice }) => world.network.troubleAll(someLinks(world, dice), { clogUs: between(20, 1_500, dice[2]) * 1_000 }),
};
