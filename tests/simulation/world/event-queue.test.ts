import { Random } from "../../../core/base/random.ts";
import { EventQueue } from "./event-queue.ts";

test("actions come by time, and at one moment in the order in which they were asked for", () => {
  const queue = new EventQueue();
  const random = new Random(5);
  const expected: { atUs: number; name: number }[] = [];
  const seen: number[] = [];
  for (let name = 0; name < 2_000; name++) {
    const atUs = random.between(0, 300);
    expected.push({ atUs, name });
    queue.add(atUs, () => seen.push(name));
  }
  expected.sort((a, b) => a.atUs - b.atUs || a.name - b.name);
  let lastUs = 0;
  while (queue.size > 0) {
    expect(queue.nextAtUs).toBeGreaterThanOrEqual(lastUs);
    lastUs = queue.nextAtUs;
    queue.take()?.();
  }
  expect(seen).toEqual(expected.map(({ name }) => name));
});

test("an empty queue has nothing due", () => {
  const queue = new EventQueue();
  expect(queue.nextAtUs).toBe(Infinity);
  expect(queue.take()).toBeNull();
});
