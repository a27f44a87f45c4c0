import { slotsTaken } from "../../../core/coordinator/polls.ts";
import { ACoordinator } from "./a-coordinator.ts";

test("a worker gets as many attempts as it has slots, those that it has included", () => {
  const coordinator = new ACoordinator().planned();
  expect(coordinator.grab("w", 2)).toHaveLength(2);
  expect(coordinator.grab("w", 2)).toHaveLength(0);
  expect(slotsTaken(coordinator.core.state, "w")).toBe(2);
});

test("a worker that is stopping gets nothing", () => {
  const coordinator = new ACoordinator().planned();
  expect(coordinator.poll("w", { isStopping: true, slots: 4 }).assignments).toEqual([]);
});

test("what was granted and never arrived is given out again", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.grab("w", 1);
  coordinator.tick(2_000);
  coordinator.poll("w", { slots: 1 });
  expect(coordinator.job().live.size).toBe(1);
  coordinator.tick(1_000);
  expect(coordinator.poll("w", { slots: 1 }).assignments).toMatchObject([{ task: 0, attempt: 2 }]);
  expect(coordinator.view().attempts.lost).toBe(1);
});

test("an attempt that nobody knows is to be ended; one of a job that is being taken over is not", () => {
  const coordinator = new ACoordinator().planned();
  const unknown = { job: "j.000000000001", phase: "map", task: 0, attempt: 7, fraction: 0 } as never;
  expect(coordinator.poll("w", { slots: 0, running: [unknown] }).end).toMatchObject([{ attempt: 7 }]);
  const next = new ACoordinator(coordinator.store);
  next.step({ kind: "deactivated" });
  next.holdsStore = true;
  next.step({ kind: "activated" });
  expect(next.poll("w", { slots: 0, running: [unknown] }).end).toEqual([]);
});

test("jobs of which nobody knows anything may be forgotten", () => {
  const coordinator = new ACoordinator().planned();
  expect(coordinator.poll("w", { slots: 0, jobs: [coordinator.job().run, "old", "j.00000000000f"] }).forget).toEqual([
    "old",
    "j.00000000000f",
  ]);
});

test("a job that another coordinator has just now is not said to be over: workers would throw away what it needs", () => {
  const coordinator = new ACoordinator().planned();
  const { run } = coordinator.job();
  void new ACoordinator(coordinator.store);
  // The write is refused.
  coordinator.ask({ kind: "cancel", job: "j" });
  expect([...coordinator.core.state.strays.keys()]).toEqual(["j"]);
  expect(coordinator.poll("w", { slots: 0, jobs: [run] }).forget).toEqual([]);
  coordinator.tick(3_001);
  expect(coordinator.poll("w", { slots: 0, jobs: [run] }).forget).toEqual([]);
  expect(coordinator.job().run).toBe(run);
});
