import { LeaderWaits } from "../../../runtime/replica/leader-waits.ts";

const LONG_MS = 60_000;

test("all who wait go on once a leader is known", async () => {
  const waits = new LeaderWaits();
  const all = Promise.all([waits.wait(LONG_MS), waits.wait(LONG_MS)]);
  waits.leaderIsKnown();
  await expect(all).resolves.toHaveLength(2);
});

test("nobody waits longer than it wanted to", async () => {
  await expect(new LeaderWaits().wait(1)).resolves.toBeUndefined();
});

test("a leader that was known before is none that comes", async () => {
  const waits = new LeaderWaits();
  waits.leaderIsKnown();
  const first = await Promise.race([
    waits.wait(LONG_MS).then(() => "went on"),
    new Promise((resolve) => setTimeout(() => resolve("waits"), 5)),
  ]);
  expect(first).toBe("waits");
  waits.leaderIsKnown();
});
