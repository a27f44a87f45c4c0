// Something holds up the event loop again and again, as long garbage collections do: the machine is well and slow.
import { between, chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

export const stall: Fault = {
  weight: 2,
  forMs: { min: 300, max: 4_000 },
  begin(world, { dice }) {
    const process = dice[2] < 0.5 ? world.leader : chosen(world.running, dice[0]);
    if (process === null) return null;
    const stallUs = between(20, 400, dice[1]) * 1_000;
    let isOver = false;
    const again = (): void => {
      if (isOver) return;
      process.stall(stallUs);
      world.effects.stall++;
      world.after(2 * stallUs, again);
    };
    again();
    return () => {
      isOver = true;
    };
  },
};
