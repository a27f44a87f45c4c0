// The figures of a run: what each fault cost, and the middle and the worst of them. Pure; the same in words, on the page and in
// JSON.
import type { FaultRecord } from "../rounds.ts";
import type { ChaosResult } from "../run.ts";

/** All in milliseconds; null where there were none. */
export type Spread = { readonly p50: number | null; readonly p99: number | null; readonly max: number | null };

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number | null => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? null };
}

export type FaultFigures = { readonly fault: string; readonly count: number; readonly gap: Spread; readonly whole: Spread };

export const struck = (faults: readonly FaultRecord[]): readonly FaultRecord[] => faults.filter(({ target }) => target !== null);

/** From the fault until all of the cluster was well. */
export const recoveryOf = ({ fromMs, wholeMs }: FaultRecord): number | null => (wholeMs === null ? null : wholeMs - fromMs);

/** By kind of fault and role, the costliest first; `all` of them last. */
export function figuresByFault(faults: readonly FaultRecord[]): readonly FaultFigures[] {
  const kinds = [...new Set(struck(faults).map(kindOf))];
  const rows = kinds.map((kind) =>
    figuresOf(
      kind,
      struck(faults).filter((each) => kindOf(each) === kind),
    ),
  );
  return [...rows.sort((a, b) => (b.gap.max ?? 0) - (a.gap.max ?? 0)), figuresOf("all", struck(faults))];
}

export const kindOf = ({ fault, role }: FaultRecord): string => `${fault} ${role}`;

function figuresOf(fault: string, records: readonly FaultRecord[]): FaultFigures {
  const gaps = records.flatMap(({ gapMs }) => gapMs ?? []);
  const wholes = records.flatMap((record) => recoveryOf(record) ?? []);
  return { fault, count: records.length, gap: spreadOf(gaps), whole: spreadOf(wholes) };
}

/** For programs. Times are milliseconds since the beginning of the run. */
export function jsonOf(result: ChaosResult, replay: string): unknown {
  const { verdict, checks, seed, startedAt, beganMs, endedMs, isInterrupted, faults, jobs, journals, seconds, history } = result;
  const since = (ms: number | null): number | null => (ms === null ? null : Math.round(ms - beganMs));
  const outcomes = (kind: string): number => history.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    ...{ verdict, seed, replay, startedAt, durationMs: Math.round(endedMs - beganMs), isInterrupted, checks },
    operations: { total: history.length, done: outcomes("done"), unknown: outcomes("unknown"), refused: outcomes("refused") },
    exactlyOnce: { appended: journals.appended, counted: journals.counted, unknown: journals.unknown },
    figures: figuresByFault(faults),
    faults: faults.map(({ fromMs, toMs, answeredMs, wholeMs, gapMs, gapFromMs, ...rest }) => ({
      ...{ ...rest, fromMs: since(fromMs), toMs: since(toMs), answeredMs: since(answeredMs), wholeMs: since(wholeMs) },
      ...{ gapMs: gapMs === null ? null : Math.round(gapMs), gapFromMs: since(gapFromMs) },
    })),
    jobs: jobs.map(({ id, fromMs, toMs, problem }) => ({ id, fromMs: since(fromMs), toMs: since(toMs), problem })),
    seconds,
  };
}
