// Some messages take long, so that later ones overtake them: up to several elections later.
import { between } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { someLinks } from "./links.ts";

export const delay: Fault = {
  weight: 3,
  forMs: { min: 500, max: 8_000 },
  begin(world, { dice }) {
    const delayMaxUs = dice[2] < 0.6 ? between(5, 60, dice[1]) * 1_000 : between(100, 2_500, dice[1]) * 1_000;
    return world.network.troubleAll(someLinks(world, dice), { delayPermille: between(20, 500, dice[2]), delayMaxUs });
  },
};
