import type { AttemptName } from "../../../core/mapreduce/assignment.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { ACoordinator, describeJob, factsOf, inputFile } from "./a-coordinator.ts";

const MAPPED = { kind: "mapped", origin: "http://w", regionBytes: [1, 1], regionRecords: [1, 1] } as const;

test("a job goes through all its phases, and is over when everything is visible and cleaned up", () => {
  const coordinator = new ACoordinator().planned();
  expect(coordinator.view()).toMatchObject({ state: "mapping", maps: { total: 3, done: 0 }, reduces: { total: 2 } });
  coordinator.mapped();
  expect(coordinator.view().state).toBe("reducing");
  for (const { name } of coordinator.grab("w", 2)) expect(coordinator.reduceDone("w", name, 6).verdict).toBe("accepted");
  expect(coordinator.view().state).toBe("reducing");
  for (const { name } of coordinator.grab("w", 2)) coordinator.report("w", name, { kind: "published" });
  expect(coordinator.view()).toMatchObject({ state: "succeeded", outputs: ["file:/out"], attempts: { started: 8 } });
  const [finish] = coordinator.poll("w").assignments;
  expect(finish).toMatchObject({ phase: "finish", succeeded: true });
  coordinator.report("w", finish as never, { kind: "finished" });
  expect(coordinator.core.state.jobs.size).toBe(0);
  expect(coordinator.view().state).toBe("succeeded");
  expect(coordinator.poll("w", { jobs: ["j"] }).forget).toEqual(["j"]);
});

test("an answer waits until the store has what it says", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.holdsStore = true;
  const request = coordinator.ask({
    kind: "poll",
    poll: {
      worker: "w",
      life: "1",
      origin: "http://w",
      node: null,
      slots: 1,
      isStopping: false,
      running: [],
      troubles: [],
      kept: null,
      adopted: [],
      jobs: [],
      waitMs: 0,
    },
  });
  expect(coordinator.answer(request)).toBeNull();
  coordinator.releaseStore();
  expect(coordinator.answer(request)).toMatchObject({ kind: "done", value: { assignments: [{ phase: "map", task: 0, attempt: 1 }] } });
});

test("whoever was replaced gives nothing out any more, and says so", () => {
  const old = new ACoordinator().planned();
  const [name] = old.grab("w", 1);
  const next = new ACoordinator(old.store);
  expect(next.view().maps).toEqual({ total: 3, done: 0, running: 1 });
  const report = { ...(name?.name as AttemptName), result: MAPPED, work: NO_WORK, counters: {}, skipped: 0, log: "" };
  const reported = old.ask({ kind: "report", report: { ...factsOf("w"), report } });
  expect(old.answer(reported)).toMatchObject({ kind: "refused", refusal: { code: "notLeader" } });
  expect(next.view().maps).toEqual({ total: 3, done: 0, running: 1 });
});

test("what was done stays done after a take-over, and what runs goes on running", () => {
  const old = new ACoordinator().planned();
  const [first, second] = old.grab("w", 2);
  old.mapDone("w", first?.name as never);
  const next = new ACoordinator(old.store);
  expect(next.view().maps).toEqual({ total: 3, done: 1, running: 1 });
  expect(
    next.poll("w", { slots: 2, running: [{ ...(second?.name as never as object), fraction: 0.5 } as never] }).assignments,
  ).toMatchObject([{ phase: "map", task: 2 }]);
  expect(next.mapDone("w", second?.name as never).verdict).toBe("accepted");
});

test("a write of which nobody knows what became is looked at again, under a higher fence", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  coordinator.holdsStore = true;
  const request = coordinator.ask({ kind: "cancel", job: "j" });
  coordinator.releaseStore((effect) => ({ kind: "committed", job: effect.kind === "commit" ? effect.job : "", outcome: "unknown" }));
  expect(coordinator.answer(request)).toEqual({ kind: "unknown", after: "deadline" });
  expect(coordinator.view().state).toBe("mapping");
  expect(coordinator.mapDone("w", map?.name as never).verdict).toBe("accepted");
});

test("a job that a coordinator took which did not know that it was replaced is found when somebody asks, and by itself", () => {
  const first = new ACoordinator();
  const next = new ACoordinator(first.store);
  first.submit(describeJob("late"));
  expect(next.core.state.jobs.size).toBe(0);
  expect(next.view("late").state).toBe("waiting");
  first.submit(describeJob("later"));
  next.tick(10_001);
  expect([...next.core.state.jobs.keys()]).toEqual(["late", "later"]);
});

test("a worker that waits gets what comes, and an empty answer at the end of its time", () => {
  const coordinator = new ACoordinator();
  const poll = {
    worker: "w",
    life: "1",
    origin: "http://w",
    node: null,
    slots: 1,
    isStopping: false,
    running: [],
    troubles: [],
    kept: null,
    adopted: [],
    jobs: [],
    waitMs: 1_000,
  };
  const first = coordinator.ask({ kind: "poll", poll });
  expect(coordinator.answer(first)).toBeNull();
  coordinator.submit();
  expect(coordinator.answer(first)).toMatchObject({ value: { assignments: [{ phase: "list" }] } });
  const second = coordinator.ask({ kind: "poll", poll: { ...poll, worker: "v" } });
  coordinator.tick(1_000);
  expect(coordinator.answer(second)).toMatchObject({ value: { assignments: [] } });
});

test("one that does not have the jobs says so, and forgets what it knew", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.step({ kind: "deactivated" });
  expect(coordinator.core.state.jobs.size).toBe(0);
  expect(coordinator.answer(coordinator.ask({ kind: "list" }))).toMatchObject({ kind: "refused", refusal: { code: "notLeader" } });
});

test("what was on its way to the store when the jobs were lost may be done, and what was not is refused", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  coordinator.holdsStore = true;
  const life = "00000000000a";
  const submits = ["new", "new"].map((id) => coordinator.ask({ kind: "submit", description: describeJob(id), life }));
  const report = { ...(map?.name as AttemptName), result: MAPPED, work: NO_WORK, counters: {}, skipped: 0, log: "" };
  const reported = coordinator.ask({ kind: "report", report: { ...factsOf("w"), slots: 0, report } });
  const cancelled = coordinator.ask({ kind: "cancel", job: "j" });
  coordinator.step({ kind: "deactivated" });
  const unknown = { kind: "unknown", after: "leadershipLost" };
  expect([...submits, reported].map((request) => coordinator.answer(request))).toEqual([unknown, unknown, unknown]);
  // It waited for the write of what was reported, and was in none.
  expect(coordinator.answer(cancelled)).toMatchObject({ kind: "refused", refusal: { code: "notLeader" } });
  coordinator.releaseStore();
  const next = new ACoordinator(coordinator.store);
  expect(next.view("new").state).toBe("waiting");
  expect(next.view()).toMatchObject({ state: "mapping", maps: { done: 1 } });
});

test("a cancel that was on its way when the jobs were lost is not called refused", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.holdsStore = true;
  const cancelled = coordinator.ask({ kind: "cancel", job: "j" });
  coordinator.step({ kind: "deactivated" });
  expect(coordinator.answer(cancelled)).toEqual({ kind: "unknown", after: "leadershipLost" });
  coordinator.releaseStore();
  expect(new ACoordinator(coordinator.store).view().state).toBe("cancelled");
});

test("what waited for the jobs to be taken over was not sent, and is refused", () => {
  const first = new ACoordinator().planned();
  const next = new ACoordinator(first.store);
  next.step({ kind: "deactivated" });
  next.holdsStore = true;
  next.step({ kind: "activated" });
  const cancelled = next.ask({ kind: "cancel", job: "j" });
  next.step({ kind: "deactivated" });
  expect(next.answer(cancelled)).toMatchObject({ kind: "refused", refusal: { code: "notLeader" } });
});

test("a hundred thousand maps are taken over", () => {
  const files = Array.from({ length: 100_000 }, (_, i) => inputFile(i));
  const old = new ACoordinator().planned(files);
  for (const { name } of old.grab("w", 3)) old.mapDone("w", name);
  const next = new ACoordinator(old.store);
  expect(next.view().maps).toEqual({ total: 100_000, done: 3, running: 0 });
});
