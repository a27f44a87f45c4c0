import { Sleepers } from "../../runtime/sleepers.ts";

const LONG_MS = 60_000;

test("all of them go on at once", async () => {
  const sleepers = new Sleepers();
  const all = Promise.all([sleepers.sleep(LONG_MS), sleepers.sleep(LONG_MS)]);
  sleepers.wakeAll();
  await expect(all).resolves.toHaveLength(2);
});

test("nobody sleepers longer than it wanted to", async () => {
  await expect(new Sleepers().sleep(1)).resolves.toBeUndefined();
});

test("what changed before is no change to wait for", async () => {
  const sleepers = new Sleepers();
  sleepers.wakeAll();
  const first = await Promise.race([
    sleepers.sleep(LONG_MS).then(() => "went on"),
    new Promise((resolve) => setTimeout(() => resolve("sleeps"), 5)),
  ]);
  expect(first).toBe("sleeps");
  sleepers.wakeAll();
});
