import { runWithSlowWorker } from "./slow-worker.ts";

const SLOWNESS = 10;
const COST_MAX = 0.15;
const SEEDS = [1, 2];

test.each(SEEDS)(
  "one of twelve workers ten times as slow costs at most 15 %% with backup copies, and much more without (seed %i)",
  (seed) => {
    const well = runWithSlowWorker({ seed, slowness: 1, backups: true });
    const on = runWithSlowWorker({ seed, slowness: SLOWNESS, backups: true });
    const off = runWithSlowWorker({ seed, slowness: SLOWNESS, backups: false });
    const cost = (tookMs: number): number => tookMs / well.tookMs - 1;
    console.log(
      `all well ${well.tookMs} ms; one slow: ${on.tookMs} ms with ${on.backups} backup copies (${percent(cost(on.tookMs))}), ` +
        `${off.tookMs} ms without (${percent(cost(off.tookMs))})`,
    );
    expect(cost(on.tookMs)).toBeLessThanOrEqual(COST_MAX);
    expect(cost(off.tookMs)).toBeGreaterThan(2 * COST_MAX);
    expect(on.backups).toBeGreaterThan(0);
  },
);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
