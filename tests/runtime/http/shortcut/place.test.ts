import type { KnownRoute } from "../../../../runtime/http/shortcut/shortcut-route.ts";
import { Place } from "../../../../runtime/http/shortcut/place.ts";

const newPlace = (): Place =>
  new Place({ answered: () => undefined, failed: () => undefined }, {} as KnownRoute, { beganMs: 0, heldBytes: 0 });

test("whoever watches is told once that the one who asked is gone", () => {
  const place = newPlace();
  const told: string[] = [];
  for (const name of ["a", "b", "c"]) place.watch(() => told.push(name));
  place.gone();
  place.gone();
  expect(told).toEqual(["a", "b", "c"]);
  expect(place.isGone).toBe(true);
});

test.each([
  { stopped: [0], left: ["b", "c"] },
  { stopped: [1], left: ["a", "c"] },
  { stopped: [0, 1, 2], left: [] },
])("whoever stopped watching is not: $stopped", ({ stopped, left }) => {
  const place = newPlace();
  const told: string[] = [];
  const watchers = ["a", "b", "c"].map((name) => () => void told.push(name));
  for (const watcher of watchers) place.watch(watcher);
  for (const each of stopped) place.stopWatching(watchers[each] as () => void);
  place.gone();
  expect(told).toEqual(left);
});

test("who watches after another one stopped is told", () => {
  const place = newPlace();
  const told: string[] = [];
  const first = (): void => void told.push("first");
  place.watch(first);
  place.stopWatching(first);
  place.watch(() => told.push("second"));
  place.gone();
  expect(told).toEqual(["second"]);
});
