// Two things measured in turns: the ratio of each pair, and the middle one of those. What else the machine does hits both sides of a
// pair alike, and one bad moment moves a median little.
import type { Measured } from "./wrk.ts";

export type Pair = { readonly ours: Measured; readonly theirs: Measured };

export type Compared = {
  readonly ours: Measured;
  readonly theirs: Measured;
  /** Ours divided by theirs. */
  readonly perSecondRatio: number;
  readonly perSecondRatios: readonly number[];
  readonly p99Ratio: number;
  readonly processorRatio: number;
};

/** The order within a pair changes from one to the next. */
export async function measurePairs(
  rounds: number,
  ours: () => Promise<Measured>,
  theirs: () => Promise<Measured>,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await ours();
      pairs.push({ ours: first, theirs: await theirs() });
    } else {
      const first = await theirs();
      pairs.push({ ours: await ours(), theirs: first });
    }
  }
  return pairs;
}

export function compare(pairs: readonly Pair[]): Compared {
  const perSecondRatios = pairs.map(({ ours, theirs }) => rounded(ours.perSecond / theirs.perSecond));
  return {
    ours: middle(pairs.map(({ ours }) => ours)),
    theirs: middle(pairs.map(({ theirs }) => theirs)),
    perSecondRatio: median(perSecondRatios),
    perSecondRatios,
    p99Ratio: median(pairs.map(({ ours, theirs }) => rounded(ours.p99Ms / theirs.p99Ms))),
    processorRatio: median(pairs.map(({ ours, theirs }) => rounded(ours.processorUs / theirs.processorUs))),
  };
}

function middle(measured: readonly Measured[]): Measured {
  return {
    perSecond: median(measured.map(({ perSecond }) => perSecond)),
    p50Ms: median(measured.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(measured.map(({ p99Ms }) => p99Ms)),
    errors: measured.reduce((sum, { errors }) => sum + errors, 0),
    processorUs: median(measured.map(({ processorUs }) => processorUs)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [upper = NaN, lower = NaN] = [sorted[half], sorted[half - 1]];
  return sorted.length % 2 === 1 ? upper : rounded((upper + lower) / 2);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
