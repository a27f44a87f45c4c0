import { Random } from "../../../../core/base/random.ts";
import type { DoneOperation } from "../../../../core/linearizability/history.ts";
import { EventList } from "../../../../core/linearizability/search/event-list.ts";
import type { EventNode } from "../../../../core/linearizability/search/event-list.ts";

function operations(intervals: readonly (readonly [number, number])[]): DoneOperation<string, null>[] {
  return intervals.map(([calledAt, returnedAt], i) => ({
    client: `c${i}`,
    calledAt,
    input: `${i}`,
    outcome: { kind: "done", returnedAt, output: null },
  }));
}

function textOf(list: EventList<string, null>): string {
  const events: string[] = [];
  for (let event = list.first; event.kind !== "end"; event = event.after)
    events.push(`${event.kind === "call" ? "+" : "-"}${event.position}`);
  return events.join(" ");
}

function callOf(list: EventList<string, null>, position: number): EventNode<string, null> {
  let event = list.first;
  while (event.kind !== "call" || event.position !== position) event = event.after;
  return event;
}

test("events come in order of time, at one moment calls first", () => {
  expect(
    textOf(
      new EventList(
        operations([
          [1, 4],
          [2, 3],
          [4, 5],
          [6, 6],
        ]),
      ),
    ),
  ).toBe("+0 +1 -1 +2 -0 -2 +3 -3");
});

test("the barrier is the first return; lifting its operation moves it on", () => {
  const list = new EventList(
    operations([
      [1, 4],
      [2, 3],
      [5, 6],
    ]),
  );
  expect(list.barrier.position).toBe(1);
  list.lift(callOf(list, 1));
  expect(list.barrier.position).toBe(0);
  expect(textOf(list)).toBe("+0 -0 +2 -2");
});

test("putting back in reverse order restores the list, whatever was lifted", () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = new Random(seed);
    const intervals = Array.from({ length: 8 }, (): [number, number] => [random.between(0, 9), random.between(9, 19)]).sort(
      (a, b) => a[0] - b[0],
    );
    const list = new EventList(operations(intervals));
    const before = textOf(list);
    const lifted = random.shuffled([0, 1, 2, 3, 4, 5, 6, 7]).map((position) => callOf(list, position));
    for (const call of lifted) list.lift(call);
    expect(list.isEmpty).toBe(true);
    for (const call of lifted.reverse()) list.putBack(call);
    expect(textOf(list)).toBe(before);
  }
});

test("a list of nothing is empty", () => {
  const list = new EventList<string, null>([]);
  expect(list.isEmpty).toBe(true);
  expect(list.first.kind).toBe("end");
});
