import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { ACoordinator, describeJob } from "./a-coordinator.ts";

/** All maps are done, by w, and a reduce runs at v. */
const reducing = () => {
  const coordinator = new ACoordinator().planned(undefined, describeJob("j", { leaseMs: 60_000 })).mapped("w");
  coordinator.poll("lister", { isStopping: true });
  const [reduce] = coordinator.grab("v", 1);
  if (reduce === undefined) throw new Error("no reduce");
  const running = [{ ...reduce.name, fraction: 0, work: NO_WORK } as never];
  const askV = (more: object = {}) => coordinator.poll("v", { slots: 1, running, ...more });
  return { coordinator, reduce, askV };
};
const outputs = (...tasks: readonly number[]) => tasks.map((task) => ({ job: "j.000000000001", phase: "map", task, attempt: 1 }) as const);

test("others take over what a worker has that stops, and it stays until they have all of it", () => {
  const { coordinator, askV } = reducing();
  expect(coordinator.poll("w", { isStopping: true }).needed).toBe(3);
  const { adopt } = askV();
  expect(adopt).toEqual([0, 1, 2].map((task) => ({ job: "j.000000000001", source: { task, attempt: 1, origin: "http://w" } })));
  askV({ adopted: outputs(0, 2) });
  expect(coordinator.poll("w", { isStopping: true }).needed).toBe(1);
  askV({ adopted: outputs(1) });
  expect(coordinator.poll("w", { isStopping: true }).needed).toBe(0);
  expect(coordinator.job().tables.map.isDone).toBe(true);
});

test("who fetches from the old place is told the new one, and what was handed over is not lost with its first worker", () => {
  const { coordinator, reduce, askV } = reducing();
  coordinator.poll("w", { isStopping: true });
  askV();
  askV({ adopted: outputs(0, 1, 2) });
  const trouble = { ...reduce.name, mapTask: 1, mapAttempt: 1, origin: "http://w", tries: 3, message: "gone" } as never;
  expect(askV({ troubles: [trouble] }).moved).toEqual([{ job: "j.000000000001", source: { task: 1, attempt: 1, origin: "http://v" } }]);
  coordinator.poll("w", { life: "2", slots: 0, kept: [] });
  expect(coordinator.job().tables.map.isDone).toBe(true);
});

test("nobody is told twice at once; after a while somebody is told again", () => {
  const { coordinator, askV } = reducing();
  coordinator.poll("w", { isStopping: true });
  expect(askV().adopt).toHaveLength(3);
  expect(coordinator.poll("u", { slots: 0 }).adopt).toEqual([]);
  coordinator.tick(5_000);
  coordinator.poll("w", { isStopping: true });
  expect(coordinator.poll("u", { slots: 0 }).adopt).toHaveLength(3);
});

test("a worker that waits for something to do hears of it at once", () => {
  const { coordinator } = reducing();
  const poll = {
    worker: "u",
    life: "1",
    origin: "http://u",
    node: null,
    slots: 0,
    isStopping: false,
    running: [],
    troubles: [],
    kept: null,
  };
  const request = coordinator.ask({ kind: "poll", poll: { ...poll, adopted: [], jobs: [], waitMs: 5_000 } });
  expect(coordinator.answer(request)).toBeNull();
  coordinator.poll("w", { isStopping: true });
  expect(coordinator.answer(request)).toMatchObject({ kind: "done", value: { adopt: [{}, {}, {}] } });
});

test("nobody stays for outputs that nobody could take, or that nobody needs", () => {
  const alone = new ACoordinator().planned(undefined, describeJob("j", { leaseMs: 60_000 })).mapped("w");
  alone.poll("lister", { isStopping: true });
  expect(alone.poll("w", { isStopping: true }).needed).toBe(0);
  const { coordinator, reduce } = reducing();
  coordinator.reduceDone("v", reduce.name, 6);
  for (const { name } of coordinator.grab("v", 1)) coordinator.reduceDone("v", name, 6);
  expect(coordinator.poll("w", { isStopping: true }).needed).toBe(0);
});

test("an output that does not count any more is nobody's", () => {
  const { coordinator, askV } = reducing();
  askV({
    adopted: [
      { job: "j.000000000001", phase: "map", task: 0, attempt: 9 },
      ...outputs(7),
      { job: "gone", phase: "map", task: 0, attempt: 1 },
    ],
  });
  expect(coordinator.job().tables.map.at(0).winner).toMatchObject({ attempt: 1 });
  expect(coordinator.poll("w", { isStopping: true }).needed).toBe(3);
});

test("the one that stops hears that nothing is needed only when the store has where it is now", () => {
  const { coordinator, askV } = reducing();
  coordinator.poll("w", { isStopping: true });
  askV();
  coordinator.holdsStore = true;
  const facts = { life: "1", node: null, troubles: [], kept: null, jobs: [], running: [], waitMs: 0 };
  const ask = (worker: string, more: object) =>
    coordinator.ask({
      kind: "poll",
      poll: { ...facts, worker, origin: `http://${worker}`, slots: 0, isStopping: false, adopted: [], ...more },
    });
  ask("v", { adopted: outputs(0, 1, 2) });
  const leaving = ask("w", { isStopping: true });
  expect(coordinator.answer(leaving)).toBeNull();
  coordinator.releaseStore();
  expect(coordinator.answer(leaving)).toMatchObject({ kind: "done", value: { needed: 0 } });
});
