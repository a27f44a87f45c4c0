// Messages arrive twice, the second one whenever it likes.
import { between } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { someLinks } from "./links.ts";

export const duplicate: Fault = {
  weight: 2,
  forMs: { min: 500, max: 8_000 },
  begin: (world, { dice }) =>
    world.network.troubleAll(someLinks(world, dice), {
      duplicatePermille: between(50, 500, dice[2]),
      delayPermille: 100,
      delayMaxUs: between(1, 1_000, dice[1]) * 1_000,
    }),
};
