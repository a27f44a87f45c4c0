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
