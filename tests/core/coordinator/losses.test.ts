import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { pageKey } from "../../../core/mapreduce/job-keys.ts";
import type { Task } from "../../../core/mapreduce/task.ts";
import { encodePage, pagesFor, TASKS_PER_PAGE } from "../../../core/mapreduce/task-pages.ts";
import { ACoordinator, describeJob, factsOf, inputFile } from "./a-coordinator.ts";

const trouble = (reduce: { readonly name: object }, more: object = {}) =>
  ({ ...reduce.name, mapTask: 1, mapAttempt: 1, origin: "http://w", tries: 1, message: "gone", ...more }) as never;

const reducing = () => {
  const coordinator = new ACoordinator().planned(undefined, describeJob("j", { leaseMs: 60_000 })).mapped("w");
  const [first, second] = coordinator.grab("v", 2);
  if (first === undefined || second === undefined) throw new Error("no reduces");
  return { coordinator, first, second, waiting: () => [...coordinator.job().tables.map.waiting] };
};

test("an attempt of which nothing is heard for a lease is lost, and given to another", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  coordinator.tick(9_000);
  coordinator.poll("w", { slots: 1, running: [{ ...(map?.name as never as object), fraction: 0, work: NO_WORK } as never] });
  coordinator.tick(9_000);
  expect(coordinator.job().tables.map.running.size).toBe(1);
  coordinator.tick(2_000);
  expect(coordinator.view().attempts).toMatchObject({ lost: 1 });
  expect(coordinator.grab("v", 3).map(({ name }) => `${name.task}/${name.attempt}`)).toContain("0/2");
});

test("one reduce that can't fetch a map's output once is not believed; two are, and so is one after three tries", () => {
  const one = reducing();
  one.coordinator.poll("v", { slots: 0, troubles: [trouble(one.first)] });
  expect(one.waiting()).toEqual([]);
  one.coordinator.poll("v", { slots: 0, troubles: [trouble(one.second)] });
  expect(one.waiting()).toEqual([1]);
  const often = reducing();
  often.coordinator.poll("v", { slots: 0, troubles: [trouble(often.first, { tries: 3 })] });
  expect(often.waiting()).toEqual([1]);
});

test("only the map that was lost runs again, and who waits for it is told where", () => {
  const { coordinator, first } = reducing();
  coordinator.poll("v", { slots: 0, troubles: [trouble(first, { tries: 3 })] });
  const [again] = coordinator.grab("u", 5);
  expect(again?.name).toMatchObject({ phase: "map", task: 1, attempt: 2 });
  coordinator.mapDone("u", again?.name as never);
  const { moved } = coordinator.poll("v", {
    slots: 2,
    running: [{ ...first.name, fraction: 0, work: NO_WORK } as never],
    troubles: [trouble(first, { tries: 9 })],
  });
  expect(moved).toEqual([{ job: "j.000000000001", source: { task: 1, attempt: 2, origin: "http://u" } }]);
  expect(coordinator.job().tables.map.isDone).toBe(true);
});

test("a worker whose map could not be fetched does not get that map again at once: it may live and be out of reach", () => {
  const { coordinator, first } = reducing();
  coordinator.poll("v", { slots: 0, troubles: [trouble(first, { tries: 3 })] });
  expect(coordinator.grab("w", 5)).toEqual([]);
  expect(coordinator.grab("u", 5)).toMatchObject([{ name: { phase: "map", task: 1, attempt: 2 } }]);
});

test("where nobody else can take it, the same worker gets it after a while", () => {
  const { coordinator, first } = reducing();
  coordinator.poll("v", { slots: 0, troubles: [trouble(first, { tries: 3 })] });
  coordinator.tick(30_000);
  expect(coordinator.grab("w", 5)).toMatchObject([{ name: { phase: "map", task: 1, attempt: 2 } }]);
});

test("who looked in an old place is told the new one, and nothing is lost", () => {
  const { coordinator, first, waiting } = reducing();
  coordinator.poll("w", { origin: "http://w-anew" });
  const { moved } = coordinator.poll("v", { slots: 0, troubles: [trouble(first, { tries: 9 })] });
  expect(moved).toMatchObject([{ source: { task: 1, attempt: 1, origin: "http://w-anew" } }]);
  expect(waiting()).toEqual([]);
});

test("a worker that begins anew says what it still has; the rest runs again", () => {
  const { coordinator, waiting } = reducing();
  coordinator.poll("w", { life: "2", slots: 0, kept: [{ job: "j.000000000001", phase: "map", task: 0, attempt: 1 }] });
  expect(waiting()).toEqual([1, 2]);
});

test("a worker that is told to end may come back with what it has", () => {
  const { coordinator, first, waiting } = reducing();
  coordinator.poll("w", { isStopping: true });
  coordinator.tick(5_000);
  coordinator.poll("v", { slots: 0, troubles: [trouble(first, { tries: 3 })] });
  expect(waiting()).toEqual([]);
  coordinator.tick(6_000);
  coordinator.poll("v", { slots: 0, troubles: [trouble(first, { tries: 3 })] });
  expect(waiting()).toEqual([1]);
});

test("the outputs of a worker that is away for long are made anew without being asked for", () => {
  const { coordinator, waiting } = reducing();
  coordinator.tick(29_000);
  coordinator.poll("v", { ...factsOf("v"), slots: 2 });
  expect(waiting()).toEqual([]);
  coordinator.tick(2_000);
  expect(waiting()).toEqual([0, 1, 2]);
});

test("once the reduces are done nobody needs the maps", () => {
  const { coordinator, first, second, waiting } = reducing();
  for (const { name } of [first, second]) coordinator.reduceDone("v", name, 6);
  coordinator.tick(60_000);
  expect(waiting()).toEqual([]);
});

describe("a worker held the outputs of more maps than one transaction of the store could give up", () => {
  const MAPS = 70_000;
  const inTheStore = (coordinator: ACoordinator): number => new ACoordinator(coordinator.store).view().maps.done;
  let coordinator: ACoordinator;
  beforeEach(() => {
    const first = new ACoordinator().planned(Array.from({ length: MAPS }, (_, i) => inputFile(i)));
    for (const { name } of first.grab("w", 1)) first.mapDone("w", name);
    // All are like the first one, and somebody takes over.
    const page = encodePage(new Array<Task>(TASKS_PER_PAGE).fill(first.job().tables.map.at(0)));
    const last = encodePage(new Array<Task>(MAPS % TASKS_PER_PAGE).fill(first.job().tables.map.at(0)));
    for (let i = 0; i < pagesFor(MAPS); i++) first.store.values.set(pageKey("j", "map", i), i < pagesFor(MAPS) - 1 ? page : last);
    coordinator = new ACoordinator(first.store);
    expect(coordinator.view().maps).toMatchObject({ done: MAPS });
  });

  test("where it says that it lost them, all are made anew", () => {
    coordinator.poll("w", { life: "2", slots: 0, kept: [] });
    for (let ticks = 0; ticks < 4; ticks++) coordinator.tick(25);
    expect(coordinator.view()).toMatchObject({ error: null, maps: { done: 0 } });
    expect(inTheStore(coordinator)).toBe(0);
  });

  test("where it stays away, too", () => {
    coordinator.tick(31_000);
    for (let ticks = 0; ticks < 4; ticks++) coordinator.tick(25);
    expect(coordinator.view()).toMatchObject({ error: null, maps: { done: 0 } });
    expect(inTheStore(coordinator)).toBe(0);
  });
});
