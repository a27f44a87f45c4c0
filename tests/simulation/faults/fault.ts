// The shape of a fault. One file each; a line of the plan says when, for how long and with which dice.
import type { FaultEvent } from "../run-plan.ts";
import type { World } from "../world/world.ts";

export type Fault = {
  /** How often it is drawn, compared with the others. */
  readonly weight: number;
  readonly forMs: { readonly min: number; readonly max: number };
  /** Begins, and says how it ends; null when it ends by itself or could not begin. */
  begin(world: World, event: FaultEvent): End | null;
};

export type End = () => void;

/** One of several, by a die that was thrown when the plan was made. */
export function chosen<T>(items: readonly T[], die: number): T | null {
  return items[Math.floor(die * items.length)] ?? null;
}

/** The same die always gives the same order. */
export function shuffledBy<T>(items: readonly T[], die: number): readonly T[] {
  const result = [...items];
  let state = Math.floor(die * 0x7fff_ffff) | 1;
  for (let i = result.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const j = state % (i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

export function between(low: number, high: number, die: number): number {
  return low + Math.floor(die * (high - low + 1));
}
