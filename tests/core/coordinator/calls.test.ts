import type { Watched } from "../../../core/coordinator/view.ts";
import type { AttemptName } from "../../../core/mapreduce/assignment.ts";
import type { AttemptReport } from "../../../core/mapreduce/report.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { ACoordinator, describeJob, factsOf } from "./a-coordinator.ts";

test("submitting the same again is the same job, something else under its id is refused", () => {
  const coordinator = new ACoordinator();
  coordinator.submit();
  expect(coordinator.call({ kind: "submit", description: describeJob(), life: "000000000002" })).toEqual({ id: "j" });
  const other = coordinator.ask({ kind: "submit", description: { ...describeJob(), reduces: 5 }, life: "000000000003" });
  expect(coordinator.answer(other)).toMatchObject({ kind: "refused", refusal: { code: "jobExists" } });
  expect(new ACoordinator(coordinator.store).call({ kind: "submit", description: describeJob(), life: "000000000002" })).toEqual({
    id: "j",
  });
});

test("two who submit the same at once get one job", () => {
  const coordinator = new ACoordinator();
  coordinator.holdsStore = true;
  const requests = [1, 2].map(() => coordinator.ask({ kind: "submit", description: describeJob(), life: "000000000002" }));
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

test("whoever watches a job hears which events its view has already", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.told.length = 0;
  const [map, ...rest] = coordinator.grab("w", 3);
  coordinator.holdsStore = true;
  coordinator.ask({ kind: "report", report: { ...factsOf("w"), slots: 0, report: reportOf(map?.name) } });
  const watching = coordinator.ask({ kind: "watch", job: "j" });
  for (const { name } of rest) coordinator.ask({ kind: "report", report: { ...factsOf("w"), slots: 0, report: reportOf(name) } });
  coordinator.releaseStore();
  const answer = coordinator.answer(watching) as unknown as { readonly value: Watched };
  const { view, told } = answer.value;
  const later = coordinator.told.flatMap((each) => (each.kind === "tell" && each.event.number > told ? [each.event] : []));
  expect(view.maps.done).toBe(1);
  expect(later.map(({ type, fields }) => [type, fields["done"] ?? fields["state"]])).toEqual([
    ["task", 2],
    ["task", 3],
    ["state", "reducing"],
  ]);
});

test("a job whose write got no answer is told anew as a whole: what was told of it before may be lost", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.holdsStore = true;
  const request = coordinator.ask({ kind: "cancel", job: "j" });
  coordinator.told.length = 0;
  coordinator.releaseStore((effect) => {
    const answer = coordinator.store.applyNow(effect);
    return effect.kind === "commit" ? { kind: "committed", job: "j", outcome: "unknown" } : answer;
  });
  expect(coordinator.answer(request)).toMatchObject({ kind: "unknown" });
  const told = coordinator.told.flatMap((each) => (each.kind === "tell" ? [each.event] : []));
  expect(told).toMatchObject([{ type: "job", fields: { state: "cancelled" } }]);
});

test("workers that wait for something to do hear at once that a job was cancelled", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  const running = [{ ...(map?.name as AttemptName), fraction: 0, work: NO_WORK }];
  const poll = { ...factsOf("w"), slots: 1, running, troubles: [], kept: null, adopted: [], jobs: [], waitMs: 5_000 };
  const waiting = coordinator.ask({ kind: "poll", poll });
  expect(coordinator.answer(waiting)).toBeNull();
  coordinator.call({ kind: "cancel", job: "j" });
  expect(coordinator.answer(waiting)).toMatchObject({ value: { end: [map?.name] } });
});

const reportOf = (name: AttemptName | undefined): AttemptReport => ({
  ...(name as AttemptName),
  result: { kind: "mapped", origin: "http://w", regionBytes: [4, 4], regionRecords: [2, 2] },
  ...{ work: { ...NO_WORK, recordsWritten: 4 }, counters: {}, skipped: 0, log: "" },
});
