// One attempt more than slots, where tasks are short and many wait.
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { ACoordinator, factsOf, inputFile } from "./a-coordinator.ts";
import type { AttemptName } from "../../../core/mapreduce/assignment.ts";
import type { Orders } from "../../../core/coordinator/events.ts";

const named = ({ assignments }: Pick<Orders, "assignments">): readonly string[] =>
  assignments.map(({ phase, task }) => `${phase}-${String(task)}`);

/** Three maps are done, each after so long, and a fourth one runs, on a worker `w` of one slot. Another one, `lister`, has a slot, too. */
function begun(maps: number, tookMs: number): ACoordinator {
  const coordinator = new ACoordinator().planned(Array.from({ length: maps }, (_, i) => inputFile(i)));
  for (let i = 0; i < 3; i++) {
    const [next] = coordinator.grab("w", 1);
    coordinator.tick(tookMs);
    coordinator.mapDone("w", next?.name as AttemptName);
  }
  expect(named(coordinator.poll("w", { slots: 1 }))).toEqual(["map-3"]);
  return coordinator;
}

/** It mentions what it runs: what it does not would be given out again some time later. */
function ask(coordinator: ACoordinator, ahead: number): readonly string[] {
  const running = [...coordinator.job().live.values()].map(({ name }) => ({ ...name, fraction: 0, work: NO_WORK }));
  return named(coordinator.poll("w", { slots: 1, ahead, running }));
}

test("a worker that says so has one more than slots, and no second one", () => {
  const coordinator = begun(20, 100);
  expect(ask(coordinator, 0)).toEqual([]);
  expect(ask(coordinator, 5)).toEqual(["map-4"]);
  expect(ask(coordinator, 5)).toEqual([]);
});

test("the answer to a report gives it the next one", () => {
  const coordinator = begun(20, 100);
  const [runs] = coordinator.job().live.values();
  expect(ask(coordinator, 1)).toEqual(["map-4"]);
  const result = { kind: "mapped", origin: "http://w", regionBytes: [4, 4], regionRecords: [2, 2] } as const;
  const report = { ...(runs?.name as AttemptName), result, work: NO_WORK, counters: {}, skipped: 0, log: "" };
  expect(named(coordinator.call<Orders>({ kind: "report", report: { ...factsOf("w"), slots: 1, report } }))).toEqual(["map-5"]);
});

test("not before it is known how long they take, and not where they take long", () => {
  const unknown = new ACoordinator().planned(Array.from({ length: 20 }, (_, i) => inputFile(i)));
  expect(named(unknown.poll("w", { slots: 1, ahead: 1 }))).toEqual(["map-0"]);
  expect(ask(begun(20, 1_000), 1)).toEqual(["map-4"]);
  expect(ask(begun(20, 1_001), 1)).toEqual([]);
});

test("not where so few wait that another worker would soon have nothing to do", () => {
  expect(ask(begun(4 + 4, 100), 1)).toEqual([]);
  expect(ask(begun(4 + 5, 100), 1)).toEqual(["map-4"]);
  // One that has gone has no slots.
  const alone = begun(4 + 4, 100);
  for (let s = 0; s < 30; s += 5) {
    expect(ask(alone, 1)).toEqual([]);
    alone.tick(5_000);
  }
  expect(ask(alone, 1)).toEqual(["map-4"]);
});

test("what it takes is counted from when a slot was free for it", () => {
  const coordinator = begun(20, 100);
  const [runs] = coordinator.job().live.values();
  ask(coordinator, 1);
  coordinator.tick(900);
  coordinator.mapDone("w", runs?.name as AttemptName);
  const [ahead] = coordinator.job().live.values();
  expect(ahead?.name.task).toBe(4);
  coordinator.tick(70);
  coordinator.mapDone("w", ahead?.name as AttemptName);
  expect(coordinator.job().durations.map).toEqual([100, 100, 100, 900, 70]);
});

test("a worker that was slower than others the last time gets none ahead", () => {
  const coordinator = begun(20, 100);
  const [runs] = coordinator.job().live.values();
  coordinator.tick(201);
  coordinator.mapDone("w", runs?.name as AttemptName);
  const [next] = coordinator.grab("w", 1);
  expect(ask(coordinator, 1)).toEqual([]);
  coordinator.tick(200);
  coordinator.mapDone("w", next?.name as AttemptName);
  coordinator.grab("w", 1);
  expect(ask(coordinator, 1)).toEqual(["map-6"]);
});
