import { isStraggling, medianDuration, tasksOf, viewOf } from "../../../core/coordinator/view.ts";
import { ACoordinator } from "./a-coordinator.ts";
import { ANSWERS } from "../../../runtime/http/answer-schemas.ts";

test("the view has the fields that the OpenAPI document promises, and no others", () => {
  const view = viewOf(new ACoordinator().planned().job(), 0);
  expect(Object.keys(view).sort()).toEqual(Object.keys(ANSWERS.job.properties).sort());
});

test("nothing is said of what is usual before some have ended", () => {
  const job = new ACoordinator().planned().job();
  expect(medianDuration(job, "map")).toBeNull();
  job.durations.map.push(5, 1, 3);
  expect(medianDuration(job, "map")).toBe(3);
});

test("an attempt straggles that takes more than twice what is usual", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.grab("w", 1);
  const job = coordinator.job();
  job.durations.map.push(100, 100, 100);
  const live = [...job.live.values()][0] as never;
  expect([isStraggling(job, live, coordinator.nowMs + 200), isStraggling(job, live, coordinator.nowMs + 201)]).toEqual([false, true]);
});

test("a task says where it runs and what it reads", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.grab("w", 1);
  expect(tasksOf(coordinator.job(), 0, 1)).toMatchObject([
    { phase: "map", task: 0, state: "running", input: "file:/in/0 0+50", running: [{ attempt: 1, worker: "w", fraction: 0 }] },
  ]);
});
