// How long nobody's writes were acknowledged: what a fault is worth to all clients together.
import type { Told } from "./store-load.ts";

export type Span = { readonly fromMs: number; readonly toMs: number };

/** The longest time within the span in which no write was acknowledged. */
export function longestGapMs(told: readonly Told[], { fromMs, toMs }: Span): number {
  const acknowledged = told
    .filter(({ input, outcome, endMs }) => input.kind !== "get" && outcome.kind === "done" && endMs > fromMs && endMs <= toMs)
    .map(({ endMs }) => endMs);
  const moments = [fromMs, ...acknowledged, toMs];
  return Math.max(...moments.slice(1).map((moment, i) => moment - (moments[i] ?? moment)));
}
