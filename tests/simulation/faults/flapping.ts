// A partition that comes and goes, about as often as elections do.
import { between, chosen } from "./fault.ts";
import type { End, Fault } from "./fault.ts";
import { separate } from "./links.ts";

export const flapping: Fault = {
  weight: 2,
  forMs: { min: 1_000, max: 6_000 },
  begin(world, { dice }) {
    const place = dice[1] < 0.4 ? world.leader?.place : chosen(world.processes, dice[0])?.place;
    if (place === undefined) return null;
    const periodUs = between(60, 700, dice[2]) * 1_000;
    let heal: End | null = null;
    let isOver = false;
    const flip = (): void => {
      if (isOver) return;
      if (heal === null) heal = separate(world, "partition: flapping", (a) => a === place);
      else {
        heal();
        heal = null;
      }
      world.after(periodUs, flip);
    };
    flip();
    return () => {
      isOver = true;
      heal?.();
    };
  },
};
