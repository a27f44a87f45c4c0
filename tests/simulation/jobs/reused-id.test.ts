// An id that is used again: the job that had it has ended and is gone, a worker that knew it stood still all the while, and another job bears
// its id now. What the worker says of the earlier one, in every order and around a take-over, is nothing to the later one.
import { ACoordinator, describeJob } from "../../core/coordinator/a-coordinator.ts";
import type { AttemptName } from "../../../core/mapreduce/assignment.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import type { Orders, Poll } from "../../../core/coordinator/events.ts";

const STEPS = ["a map is reported", "a reduce is reported", "asks", "begins anew", "has adopted", "take-over"] as const;
type Step = (typeof STEPS)[number];

function* orders<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries()) for (const rest of orders([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
}

const RETENTION = { jobs: 0, ageMs: 1e9 };

type Reused = { coordinator: ACoordinator; readonly maps: readonly AttemptName[]; readonly reduce: AttemptName; readonly earlier: string };

/** All maps of the earlier job were done at `old`, which had begun a reduce; of the later one, whose first map is done at `w`, the others run there. */
function reused(): Reused {
  const coordinator = new ACoordinator(undefined, RETENTION).planned();
  const maps = coordinator.grab("old", 3).map(({ name }) => name);
  for (const name of maps) coordinator.mapDone("old", name);
  const [reduce] = coordinator.grab("old", 1);
  if (reduce === undefined) throw new Error("no reduce was given out");
  coordinator.call({ kind: "cancel", job: "j" });
  const [finish] = coordinator.poll("w", { slots: 1 }).assignments;
  if (finish === undefined) throw new Error("nothing was cleaned up");
  coordinator.report("w", finish, { kind: "finished" });
  coordinator.tick(61_000);
  coordinator.planned();
  const [first] = coordinator.grab("w", 3);
  if (first === undefined) throw new Error("no map was given out");
  coordinator.mapDone("w", first.name);
  return { coordinator, maps, reduce: reduce.name, earlier: reduce.name.job };
}

function ask({ coordinator, reduce, earlier }: Reused, more: Partial<Poll>): Orders {
  const running = [{ ...reduce, fraction: 0.5, work: NO_WORK }];
  return coordinator.poll("old", { slots: 0, jobs: [earlier], running, ...more });
}

/** What it is told must be of the earlier job alone. */
function expectOnly(told: Orders, { earlier }: Reused): void {
  const named = [...told.end, ...told.moved, ...told.adopt, ...told.assignments].map(({ job }) => job);
  if ([...named, ...told.forget].some((job) => job !== earlier)) throw new Error(`told ${JSON.stringify(told)}`);
}

function take(race: Reused, step: Step): void {
  const { coordinator, maps, reduce } = race;
  switch (step) {
    case "a map is reported":
      return void expect(coordinator.mapDone("old", maps[2] as AttemptName).verdict).toBe("discarded");
    case "a reduce is reported":
      return void expect(coordinator.reduceDone("old", reduce, 6).verdict).toBe("discarded");
    case "asks": {
      const trouble = { ...reduce, phase: "reduce", mapTask: 0, mapAttempt: 1, origin: "http://old", tries: 3, message: "gone" } as const;
      return expectOnly(ask(race, { troubles: [trouble] }), race);
    }
    case "begins anew":
      return expectOnly(ask(race, { kept: maps, running: [] }), race);
    case "has adopted":
      return expectOnly(ask(race, { adopted: maps }), race);
    case "take-over":
      race.coordinator = new ACoordinator(coordinator.store, RETENTION);
  }
}

test("in every order nothing of the earlier job is taken for the later one's, and its worker is told to throw it away", () => {
  let tried = 0;
  for (const order of orders(STEPS)) {
    const race = reused();
    expect(race.coordinator.job().run).not.toBe(race.earlier);
    for (const step of order) take(race, step);
    const { map, reduce } = race.coordinator.job().tables;
    const workers = race.coordinator.job().record.workers.map(({ id }) => id);
    if (map.done !== 1 || map.running.size !== 2 || reduce.done !== 0 || workers.includes("old"))
      throw new Error(`${order.join(", ")}: ${String(map.done)} maps are done, ${String(map.running.size)} run; ${workers.join(", ")}`);
    const { end, forget } = ask(race, {});
    expect(end).toEqual([race.reduce]);
    expect(forget).toEqual([race.earlier]);
    tried++;
  }
  expect(tried).toBe(720);
});

test("a line of the index that a coordinator writes which stood still, when its job is gone and another has the id, changes nothing", () => {
  const standing = new ACoordinator(undefined, RETENTION);
  standing.submit();
  standing.call({ kind: "cancel", job: "j" });
  const [finish] = standing.poll("w", { slots: 1 }).assignments;
  if (finish === undefined) throw new Error("nothing was cleaned up");
  standing.report("w", finish, { kind: "finished" });
  const line = standing.store.values.get("{jobs}:j") ?? "";
  const next = new ACoordinator(standing.store, RETENTION);
  next.tick(61_000);
  expect(next.store.values.has("{jobs}:j")).toBe(false);
  next.call({ kind: "submit", description: describeJob(), life: "00000000001a" });
  next.store.applyNow({ kind: "writeIndex", job: "j", run: "j.000000000001", value: line });
  expect(new ACoordinator(standing.store).view()).toMatchObject({ state: "waiting", run: "j.00000000001a" });
});

test("a worker that begins anew with what it has of the earlier job has nothing of the later one", () => {
  const { coordinator, maps } = reused();
  expect(coordinator.job().tables.map.done).toBe(1);
  coordinator.poll("w", { life: "2", slots: 0, kept: maps });
  expect(coordinator.job().tables.map.done).toBe(0);
});
