import { EventList } from "../../../../core/linearizability/search/event-list.ts";
import { nameOfLinearized, Visited } from "../../../../core/linearizability/search/visited.ts";

test("a place is new until it was reached at no greater expense", () => {
  const visited = new Visited();
  const isNew = (place: string, used: readonly number[]): boolean => visited.add(place, used).isNew;
  expect(isNew("p", [1, 1])).toBe(true);
  expect(isNew("p", [1, 1])).toBe(false);
  expect(isNew("p", [2, 1])).toBe(false);
  expect(isNew("p", [0, 2])).toBe(true);
  expect(isNew("p", [0, 3])).toBe(false);
  expect(isNew("p", [1, 0])).toBe(true);
  expect(isNew("q", [9, 9])).toBe(true);
});

test("looking costs a step, and one more for every eight ways that it was compared with", () => {
  const visited = new Visited();
  expect(visited.add("p", [0, 20]).steps).toBe(1);
  for (let i = 1; i < 20; i++) visited.add("p", [i, 20 - i]);
  expect(visited.add("p", [0, 20])).toEqual({ isNew: false, steps: 1 });
  expect(visited.add("p", [19, 20 - 19])).toEqual({ isNew: false, steps: 3 });
});

test("sets of linearized operations have equal names only if they are equal", () => {
  const intervals = [
    [0, 20],
    [1, 21],
    [2, 22],
    [3, 23],
    [4, 24],
  ] as const;
  const operations = intervals.map(([calledAt, returnedAt]) => ({
    client: "c",
    calledAt,
    input: "",
    outcome: { kind: "done", returnedAt, output: "" } as const,
  }));
  const names = new Set<string>();
  for (let set = 0; set < 32; set++) {
    const list = new EventList(operations);
    const members = [0, 1, 2, 3, 4].filter((position) => set & (1 << position));
    for (const position of members) {
      let call = list.first;
      while (call.position !== position) call = call.after;
      list.lift(call);
    }
    names.add(nameOfLinearized(list.first, members.at(-1) ?? -1));
  }
  expect(names.size).toBe(32);
});
