import fc from "fast-check";
import { haveSameParts } from "./same-parts.ts";

/** What is asked for by `not` is not asked here. */
function jestSaysSo(a: unknown, b: unknown): boolean {
  try {
    expect(a).not.toEqual(b);
    return false;
  } catch {
    return true;
  }
}

const part = fc.anything({
  withBigInt: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: true,
  withMap: true,
  withSet: true,
  withDate: true,
  maxDepth: 3,
});

test("what has the same parts is equal for jest, whatever it is", () => {
  let same = 0;
  const check = (a: unknown, b: unknown): void => {
    if (!haveSameParts(a, b)) return;
    same++;
    expect(jestSaysSo(a, b)).toBe(true);
  };
  fc.assert(fc.property(part, part, check), { numRuns: 500 });
  fc.assert(
    fc.property(fc.clone(part, 2), ([a, b]) => check(a, b)),
    { numRuns: 500 },
  );
  expect(same).toBeGreaterThan(100);
});

type Pair = { readonly name: string; readonly a: unknown; readonly b: unknown };

class Point {
  readonly x = 1;
}

test.each<Pair & { readonly same: boolean }>([
  { name: "what is missing and what is undefined", a: { x: 1 }, b: { x: 1, y: undefined }, same: true },
  { name: "whose it is", a: new Point(), b: { x: 1 }, same: true },
  { name: "bytes", a: { bytes: Uint8Array.of(1, 2) }, b: { bytes: Uint8Array.of(1, 2) }, same: true },
  { name: "other bytes", a: Uint8Array.of(1, 2), b: Uint8Array.of(1, 3), same: false },
  { name: "longer bytes", a: Uint8Array.of(1), b: Uint8Array.of(1, 0), same: false },
  { name: "zero and minus zero", a: [0], b: [-0], same: false },
  { name: "a hole", a: Object.assign(new Array<number>(2), { 1: 1 }), b: [5, 1], same: false },
  { name: "a list and an object", a: [1], b: { 0: 1 }, same: false },
  { name: "a property that only its prototype has", a: { toString: Object.prototype.toString }, b: {}, same: false },
  { name: "what a symbol names", a: { [Symbol.for("x")]: 1 }, b: { [Symbol.for("x")]: 2 }, same: false },
])("$name", ({ a, b, same }) => {
  expect([haveSameParts(a, b), haveSameParts(b, a)]).toEqual([same, same]);
  expect(jestSaysSo(a, b)).toBe(same);
});

test.each<Pair>([
  { name: "matchers", a: { x: 1 }, b: { x: expect.any(Number) as unknown } },
  { name: "maps", a: new Map([[1, 2]]), b: new Map([[1, 2]]) },
  { name: "errors", a: new Error("x"), b: new Error("x") },
])("it can't tell of $name, which jest can", ({ a, b }) => {
  expect(haveSameParts(a, b)).toBe(false);
  expect(jestSaysSo(a, b)).toBe(true);
});
