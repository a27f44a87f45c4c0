import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { DeadlineIndex } from "../../../core/kv/deadline-index.ts";
import { DEADLINE_MS_MAX } from "../../../core/kv/limits.ts";

test("the first is the earliest, of two at one moment the lower key", () => {
  const index = new DeadlineIndex();
  expect(index.first).toBeNull();
  index.add(300, utf8("b"));
  index.add(DEADLINE_MS_MAX, utf8("z"));
  expect(index.first).toEqual({ deadlineMs: 300, key: utf8("b") });
  index.add(300, utf8("a"));
  expect(index.first).toEqual({ deadlineMs: 300, key: utf8("a") });
  index.add(65_537, utf8("0"));
  index.add(1, utf8("y"));
  expect(index.first).toEqual({ deadlineMs: 1, key: utf8("y") });
});

test.each([1, 2, 3])("like a sorted list, in any order of additions and removals (seed %i)", (seed) => {
  const random = new Random(seed);
  const index = new DeadlineIndex();
  const naive = new Map<string, number>();
  for (let i = 0; i < 2_000; i++) {
    const key = String(random.between(0, 60));
    const before = naive.get(key);
    if (before === undefined) {
      const deadlineMs = random.between(1, 50) * 100_000_000_000;
      naive.set(key, deadlineMs);
      index.add(deadlineMs, utf8(key));
    } else {
      naive.delete(key);
      index.remove(before, utf8(key));
    }
    if (random.chance(0.3)) continue;
    const first = [...naive].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))[0];
    const found = index.first;
    expect(found === null ? undefined : [textOf(found.key), found.deadlineMs]).toEqual(first);
  }
});
