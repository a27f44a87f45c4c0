// The number of one life of a member, as its peers see it: how often its directory was started, and a mark drawn at random
// for this start. Lives are compared by their starts. Two lives of as many starts and different marks began from copies
// of one disk: somebody has brought an old backup back.
import { asBoot } from "../base/ids.ts";
import type { BootNumber } from "../base/ids.ts";

/** Marks lie below this. What is left of a safe integer is enough for eight billion starts. */
export const LIFE_MARKS = 0x10_0000;

export function lifeNumber(starts: number, mark: number): BootNumber {
  return asBoot(starts * LIFE_MARKS + mark);
}

export function startsOf(life: BootNumber): number {
  return Math.floor(life / LIFE_MARKS);
}
