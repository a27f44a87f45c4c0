import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { ACoordinator, describeJob } from "./a-coordinator.ts";

test("where reduces hold every slot and wait for a map that was lost, one of them gives way", () => {
  const coordinator = new ACoordinator().planned(undefined, describeJob("j", { leaseMs: 60_000 })).mapped("w");
  const reduces = coordinator.grab("v", 2);
  const running = reduces.map(({ name }, i) => ({ ...name, fraction: i === 0 ? 0.9 : 0.1, work: NO_WORK }) as never);
  for (const gone of ["w", "lister"]) coordinator.poll(gone, { slots: 0, kept: gone === "w" ? [] : null });
  coordinator.poll("v", { slots: 2, running });
  expect(coordinator.poll("v", { slots: 2, running }).assignments).toEqual([]);
  coordinator.tick(50);
  const orders = coordinator.poll("v", { slots: 2, running });
  expect(orders.end).toMatchObject([{ phase: "reduce", task: 1 }]);
  expect(orders.assignments).toMatchObject([{ phase: "map", task: 0, attempt: 2 }]);
  coordinator.tick(50);
  expect(coordinator.job().tables.reduce.running.size).toBe(1);
});

test("while a slot is free nobody gives way", () => {
  const coordinator = new ACoordinator().planned(undefined, describeJob("j", { leaseMs: 60_000 })).mapped("w");
  coordinator.grab("v", 2);
  coordinator.poll("idle", { slots: 0, isStopping: false });
  coordinator.poll("w", { slots: 0, kept: [] });
  coordinator.job().tables.map.waiting.clear();
  coordinator.tick(50);
  expect(coordinator.job().tables.reduce.running.size).toBe(2);
});

test("a free slot on a worker that is out of reach is none: a reduce gives way to the map that others could not fetch", () => {
  const coordinator = new ACoordinator().planned(undefined, describeJob("j", { leaseMs: 60_000 })).mapped("w");
  const [reduce] = coordinator.grab("v", 1);
  const trouble = { ...reduce?.name, mapTask: 1, mapAttempt: 1, origin: "http://w", tries: 3, message: "gone" } as never;
  const running = [{ ...reduce?.name, fraction: 0, work: NO_WORK } as never];
  coordinator.poll("lister", { isStopping: true });
  coordinator.poll("v", { slots: 1, running, troubles: [trouble] });
  expect(coordinator.poll("w", { slots: 1 }).assignments).toEqual([]);
  coordinator.tick(50);
  const orders = coordinator.poll("v", { slots: 1, running });
  expect(orders.end).toMatchObject([{ phase: "reduce" }]);
  expect(orders.assignments).toMatchObject([{ phase: "map", task: 1, attempt: 2 }]);
});
