import { AfterTurn } from "../../runtime/after-turn.ts";

test("what comes in one turn is dealt with after it, in its order", async () => {
  const dealt: number[] = [];
  const afterTurn = new AfterTurn<number>((one) => dealt.push(one));
  for (const one of [1, 2, 3]) afterTurn.add(one);
  expect(dealt).toEqual([]);
  await Promise.resolve();
  expect(dealt).toEqual([1, 2, 3]);
});

test("what comes meanwhile is, too", async () => {
  const dealt: number[] = [];
  const afterTurn = new AfterTurn<number>((one) => {
    dealt.push(one);
    if (one < 3) afterTurn.add(one + 1);
  });
  afterTurn.add(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(dealt).toEqual([1, 2, 3]);
});

test.each([
  ["nothing came meanwhile", 1],
  ["something came meanwhile", 5],
])("whatever goes wrong with one, those behind it are dealt with: %s", (_what, latest) => {
  const turns: (() => void)[] = [];
  jest.spyOn(globalThis, "queueMicrotask").mockImplementation((turn) => void turns.push(turn));
  const dealt: number[] = [];
  const afterTurn = new AfterTurn<number>((one) => {
    dealt.push(one);
    if (one === 1 && latest > 1) afterTurn.add(latest);
    if (one === 2) throw new Error("a bug");
  });
  for (const one of [1, 2, 3, 4]) afterTurn.add(one);
  expect(() => turns.shift()?.()).toThrow("a bug");
  while (turns.length > 0) turns.shift()?.();
  expect(dealt).toEqual([1, 2, 3, 4, 5].slice(0, Math.max(4, latest)));
  jest.restoreAllMocks();
});
