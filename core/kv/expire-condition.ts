// When a key takes another time to live, by the one that it has. A key that stays has none, and ends later than any that has one.

export type ExpireCondition = "ifForever" | "ifLimited" | "ifLater" | "ifEarlier" | "ifLimitedAndEarlier";

/** Among the flags of an operation. */
const FLAGS = {
  ifForever: 32,
  ifLimited: 64,
  ifLater: 96,
  ifEarlier: 128,
  ifLimitedAndEarlier: 160,
} as const satisfies Record<ExpireCondition, number>;
const BY_FLAG = new Map(Object.entries(FLAGS).map(([condition, flag]) => [flag as number, condition as ExpireCondition]));

export const CONDITION_MASK = 224;

export const flagOfCondition = (condition: ExpireCondition | undefined): number => (condition === undefined ? 0 : FLAGS[condition]);

/** Null: there is no such condition. */
export const conditionOf = (flag: number): ExpireCondition | null => BY_FLAG.get(flag) ?? null;

const HOLDS: { readonly [C in ExpireCondition]: (nowMs: number, nextMs: number) => boolean } = {
  ifForever: (nowMs) => nowMs === 0,
  ifLimited: (nowMs) => nowMs !== 0,
  ifLater: (nowMs, nextMs) => nowMs !== 0 && nextMs > nowMs,
  ifEarlier: (nowMs, nextMs) => nowMs === 0 || nextMs < nowMs,
  ifLimitedAndEarlier: (nowMs, nextMs) => nowMs !== 0 && nextMs < nowMs,
};

/** Of the deadlines as they are and as they would be; 0: none. */
export const conditionHolds = (condition: ExpireCondition, deadlines: { readonly nowMs: number; readonly nextMs: number }): boolean =>
  HOLDS[condition](deadlines.nowMs, deadlines.nextMs);
