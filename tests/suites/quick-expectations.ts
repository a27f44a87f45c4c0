// Jest makes two hundred closures and an error for each `expect(…)`, and property tests say it a million times: a third of the processor
// time of such tests. Here what holds is seen to hold before any of that is made; what does not hold, or can't be seen at once, is jest's.
import { types } from "node:util";
import { haveSameParts } from "./same-parts.ts";

type Matcher = (...expected: readonly unknown[]) => unknown;
type Holds = (actual: unknown, expected: unknown) => boolean;

const expectOfJest = expect;

/** True only if jest's matcher of the name would pass, too. */
const HOLDS: Readonly<Record<string, Holds>> = {
  toBe: Object.is,
  toEqual: haveSameParts,
  toBeLessThan: (actual, most) => typeof actual === "number" && typeof most === "number" && actual < most,
  toBeLessThanOrEqual: (actual, most) => typeof actual === "number" && typeof most === "number" && actual <= most,
  toBeGreaterThan: (actual, least) => typeof actual === "number" && typeof least === "number" && actual > least,
  toBeGreaterThanOrEqual: (actual, least) => typeof actual === "number" && typeof least === "number" && actual >= least,
};

class Expectation {
  readonly actual: unknown;

  constructor(actual: unknown) {
    this.actual = actual;
  }
}

for (const name of Object.keys(expectOfJest(undefined))) {
  const holds = HOLDS[name];
  const ofJest = (actual: unknown): unknown => (expectOfJest(actual) as unknown as Readonly<Record<string, unknown>>)[name];
  if (holds === undefined) {
    Object.defineProperty(Expectation.prototype, name, {
      get(this: Expectation) {
        return ofJest(this.actual);
      },
    });
    continue;
  }
  const matcher = function (this: Expectation, ...expected: readonly unknown[]): void {
    if (expected.length === 1 && holds(this.actual, expected[0])) return;
    try {
      (ofJest(this.actual) as Matcher)(...expected);
    } catch (error) {
      // The test's own line is the one to be shown.
      if (error instanceof Error) Error.captureStackTrace(error, matcher);
      throw error;
    }
  };
  Object.defineProperty(Expectation.prototype, name, { value: matcher });
}

/** What takes time to hold tells where it was asked for, and is asked for by jest's own. */
function quickExpect(actual: unknown): unknown {
  return typeof actual === "function" || types.isPromise(actual) ? expectOfJest(actual) : new Expectation(actual);
}

Object.assign(globalThis, { expect: Object.assign(quickExpect, expectOfJest) });
