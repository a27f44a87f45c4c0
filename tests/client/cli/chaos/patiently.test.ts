import { patiently } from "../../../../client/cli/chaos/patiently.ts";

test("whoever does not answer is asked again", async () => {
  let asked = 0;
  const answer = await patiently(performance.now() + 10_000, () => (++asked < 2 ? Promise.reject(new Error("away")) : Promise.resolve(7)));
  expect([answer, asked]).toEqual([7, 2]);
});

test("not for ever", async () => {
  await expect(patiently(performance.now() - 1, () => Promise.reject(new Error("away")))).rejects.toThrow("away");
});
