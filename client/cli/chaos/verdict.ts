// From what was found to one word. Only what was looked at and found good is a pass; what could not be decided is none. Pure.
export type Check = {
  readonly name: string;
  readonly verdict: "passed" | "failed" | "unchecked";
  /** In a sentence or two. */
  readonly message: string;
};

export type Verdict = Check["verdict"];

/** One failure is enough to fail; without one, everything has to have been decided. */
export function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ verdict }) => verdict === "failed")) return "failed";
  return checks.length > 0 && checks.every(({ verdict }) => verdict === "passed") ? "passed" : "unchecked";
}

export const EXIT_CODE_OF_VERDICT: Readonly<Record<Verdict, number>> = { passed: 0, failed: 1, unchecked: 2 };
