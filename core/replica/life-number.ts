// The number of one life of a member, as its peers see it: how often its directory was started, and a mark drawn at random
// for this start. Lives are compared by their starts, and a member keeps the numbers of its latest lives: two lives of as many
// starts and different marks began from copies of one disk, and so did whoever does not remember a life that its peers saw.
import { asBoot } from "../base/ids.ts";
import type { BootNumber } from "../base/ids.ts";

/** Marks lie below this. What is left of the 48 bits on the wire is enough for 268 million starts. */
export const LIFE_MARKS = 0x10_0000;
const STARTS_MAX = 0x0fff_ffff;

/** So many of its lives a member remembers. Whoever comes from a copy would have to start as often without being found out. */
export const LIVES_KEPT = 32;

export function lifeNumber(starts: number, mark: number): BootNumber {
  return asBoot(starts * LIFE_MARKS + mark);
}

export function startsOf(life: BootNumber): number {
  return Math.floor(life / LIFE_MARKS);
}

/** A life that no member comes to. Whoever is said to have lived it can't be believed any more, however often it starts. */
export const NO_LIFE_AFTER = lifeNumber(STARTS_MAX, LIFE_MARKS - 1);

/** Whether a member with these lives can have lived that one. Of a life that is missing among them nothing is known. */
export function mayHaveLived(lives: readonly BootNumber[], life: BootNumber): boolean {
  const sameStart = lives.find((each) => startsOf(each) === startsOf(life));
  return sameStart === undefined || sameStart === life;
}
