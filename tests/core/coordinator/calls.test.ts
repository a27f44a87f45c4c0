import { ACoordinator, describeJob, factsOf } from "./a-coordinator.ts";

test("submitting the same again is the same job, something else under its id is refused", () => {
  const coordinator = new ACoordinator();
  coordinator.submit();
  expect(coordinator.call({ kind: "submit", description: describeJob() })).toEqual({ id: "j" });
  const other = coordinator.ask({ kind: "submit", description: { ...describeJob(), reduces: 5 } });
  expect(coordinator.answer(other)).toMatchObject({ kind: "refused", refusal: { code: "jobExists" } });
  expect(new ACoordinator(coordinator.store).call({ kind: "submit", description: describeJob() })).toEqual({ id: "j" });
});

test("two who submit the same at once get one job", () => {
  const coordinator = new ACoordinator();
  coordinator.holdsStore = true;
  const requests = [1, 2].map(() => coordinator.ask({ kind: "submit", description: describeJob() }));
  expect(coordinator.held.map(({ kind }) => kind)).toEqual(["create"]);
  coordinator.releaseStore();
  for (const request of requests) expect(coordinator.answer(request)).toEqual({ kind: "done", value: { id: "j" } });
});

test("jobs are listed in the order in which they came", () => {
  const coordinator = new ACoordinator();
  coordinator.submit(describeJob("b"));
  coordinator.tick(10);
  coordinator.submit(describeJob("a"));
  expect(coordinator.call<{ jobs: { id: string }[] }>({ kind: "list" }).jobs.map(({ id }) => id)).toEqual(["b", "a"]);
});

test("a job that nobody knows is not found, whatever is asked of it", () => {
  const coordinator = new ACoordinator();
  for (const kind of ["get", "cancel"] as const)
    expect(coordinator.answer(coordinator.ask({ kind, job: "none" }))).toMatchObject({ kind: "refused", refusal: { code: "notFound" } });
});

test("a job is cancelled, and its attempts are for nothing", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  coordinator.call({ kind: "cancel", job: "j" });
  const told = coordinator.poll("w", { slots: 0, running: [{ ...(map?.name as never as object), fraction: 0 } as never] });
  expect(told.end).toEqual([map?.name]);
  expect(coordinator.mapDone("w", map?.name as never).verdict).toBe("discarded");
  expect(coordinator.view().state).toBe("cancelled");
});

test("once all reduces are done the output becomes visible, and nobody can cancel half of it", () => {
  const coordinator = new ACoordinator().planned().mapped();
  for (const { name } of coordinator.grab("w", 2)) coordinator.reduceDone("w", name, 6);
  expect(coordinator.call({ kind: "cancel", job: "j" })).toMatchObject({ state: "reducing" });
});

test("tasks are shown in pages, maps first", () => {
  const coordinator = new ACoordinator().planned();
  const page = coordinator.call<{ tasks: { phase: string; task: number }[]; next: number | null }>({
    kind: "tasks",
    job: "j",
    after: 2,
    limit: 2,
  });
  expect(page.tasks.map(({ phase, task }) => `${phase}-${task}`)).toEqual(["map-2", "reduce-0"]);
  expect(page.next).toBe(4);
});

test("what a task logged is kept with the job", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  coordinator.mapDone("w", map?.name as never, { log: "hello" });
  expect(coordinator.call({ kind: "logs", job: "j", phase: "map", task: 0 })).toEqual({ log: "hello" });
  expect(coordinator.call({ kind: "logs", job: "j", phase: "map", task: 1 })).toEqual({ log: "" });
});

test("a worker's later question takes the place of its earlier one", () => {
  const coordinator = new ACoordinator();
  const poll = { ...factsOf("w"), running: [], troubles: [], kept: null, adopted: [], jobs: [], waitMs: 1_000 };
  const first = coordinator.ask({ kind: "poll", poll });
  coordinator.ask({ kind: "poll", poll });
  expect(coordinator.answer(first)).toMatchObject({ kind: "done", value: { assignments: [] } });
});
