// Places are cut off one after the other and come back in another order (FoundationDB's swizzle): the rare bugs of four
// steps need just such sequences.
import { between, shuffledBy } from "./fault.ts";
import type { End, Fault } from "./fault.ts";
import { separate } from "./links.ts";

export const swizzle: Fault = {
  weight: 2,
  forMs: { min: 2_000, max: 6_000 },
  begin(world, { dice, forMs }) {
    const places = shuffledBy(world.processes, dice[0])
      .map(({ place }) => place)
      .slice(0, between(1, world.processes.length, dice[1]));
    const healing = shuffledBy(places, dice[2]);
    const ends = new Map<number, End>();
    let isOver = false;
    const stepUs = Math.floor((forMs * 1_000) / (2 * places.length + 1));
    for (const [i, place] of places.entries()) {
      world.after(i * stepUs, () => {
        if (!isOver)
          ends.set(
            place,
            separate(world, "partition: swizzle", (a) => a === place),
          );
      });
    }
    for (const [i, place] of healing.entries()) {
      world.after((places.length + i) * stepUs, () => {
        ends.get(place)?.();
        ends.delete(place);
      });
    }
    return () => {
      isOver = true;
      for (const end of ends.values()) end();
    };
  },
};
