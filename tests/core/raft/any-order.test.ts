import { walkAtRandom } from "./any-order.ts";
import type { Effects } from "./any-order.ts";

test("whatever the order of events, promises hold; and everything that is to be tried took place", () => {
  const total: Effects = { committed: 0, truncated: 0, installed: 0, reads: 0, transfers: 0, changes: 0 };
  for (let seed = 1; seed <= 300; seed++) {
    const effects = walkAtRandom(seed);
    for (const kind of Object.keys(total) as (keyof Effects)[]) total[kind] += effects[kind];
  }
  for (const count of Object.values(total)) expect(count).toBeGreaterThan(20);
});
