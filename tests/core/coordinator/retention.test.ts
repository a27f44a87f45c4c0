import { forgetTasks, oldJobs } from "../../../core/coordinator/retention.ts";
import type { JobView } from "../../../core/coordinator/view.ts";
import { ACoordinator, describeJob } from "./a-coordinator.ts";

const view = (id: string, finishedAt: number): JobView => ({ id, finishedAt, submittedAt: 0 }) as JobView;

test.each([
  { name: "none is too many and none too old", jobs: 3, ageMs: 1e9, wallMs: 200_000, expected: [] },
  { name: "the oldest are too many", jobs: 1, ageMs: 1e9, wallMs: 200_000, expected: ["a", "b"] },
  { name: "the oldest are too old", jobs: 9, ageMs: 199_000, wallMs: 200_000, expected: ["a"] },
  { name: "nobody has had time to look", jobs: 0, ageMs: 0, wallMs: 60_500, expected: ["a"] },
])("$name", ({ jobs, ageMs, wallMs, expected }) => {
  const ended = [view("c", 3_000), view("a", 500), view("b", 2_000)];
  expect(oldJobs(ended, { retention: { jobs, ageMs }, wallMs }).map(({ id }) => id)).toEqual(expected);
});

function ended(retention = { jobs: 0, ageMs: 1e9 }): ACoordinator {
  const coordinator = new ACoordinator(undefined, retention);
  coordinator.submit();
  coordinator.call({ kind: "cancel", job: "j" });
  const [finish] = coordinator.poll("w", { slots: 1 }).assignments;
  if (finish === undefined) throw new Error("a job that was cancelled is cleaned up");
  coordinator.report("w", finish, { kind: "finished" });
  return coordinator;
}

test("a job that has ended goes from the store, and its id may be used again", () => {
  const coordinator = ended();
  expect(coordinator.view().state).toBe("cancelled");
  coordinator.tick(61_000);
  expect([...coordinator.store.values.keys()]).toEqual([]);
  expect(coordinator.answer(coordinator.ask({ kind: "get", job: "j" }))).toMatchObject({ refusal: { code: "notFound" } });
  coordinator.submit({ ...describeJob(), reduces: 7 });
  expect(coordinator.view().state).toBe("waiting");
});

test("a new job of an old id has a fence beyond all that the old one had", () => {
  const coordinator = ended();
  const before = Number(coordinator.store.values.get("{job:j}:fence"));
  coordinator.tick(61_000);
  coordinator.submit();
  expect(Number(coordinator.store.values.get("{job:j}:fence"))).toBeGreaterThan(before);
});

test("who submits it again while it is removed waits, and what was not removed is tried again", () => {
  const coordinator = ended();
  coordinator.holdsStore = true;
  coordinator.tick(61_000);
  expect(coordinator.held.filter(({ kind }) => kind === "remove")).toEqual([{ kind: "remove", job: "j", submittedAt: 1_000 }]);
  const again = coordinator.ask({ kind: "submit", description: { ...describeJob(), reduces: 7 }, life: "000000000009" });
  expect(coordinator.answer(again)).toBeNull();
  coordinator.releaseStore((effect) =>
    effect.kind === "remove" ? { kind: "removed", job: "j", isDone: false } : coordinator.store.applyNow(effect),
  );
  expect(coordinator.answer(again)).toMatchObject({ refusal: { code: "jobExists" } });
  coordinator.tick(5_000);
  expect(coordinator.core.state.ended.size).toBe(0);
});

test("one that is under way stays, however many there are", () => {
  const coordinator = new ACoordinator(undefined, { jobs: 0, ageMs: 0 }).planned();
  coordinator.tick(61_000);
  expect(coordinator.view().state).toBe("mapping");
});

test("a list of jobs that was read before one was removed does not bring it back in the place of a later one", () => {
  const coordinator = ended();
  coordinator.tick(49_000);
  coordinator.holdsStore = true;
  coordinator.tick(12_000);
  const early = coordinator.held.filter(({ kind }) => kind === "readIndex").map((effect) => coordinator.store.applyNow(effect));
  expect(early).toHaveLength(1);
  const rest = coordinator.held.splice(0).filter(({ kind }) => kind !== "readIndex");
  coordinator.holdsStore = false;
  for (const effect of rest) coordinator.step(coordinator.store.applyNow(effect));
  for (const answer of early) coordinator.step(answer);
  expect(coordinator.core.state.ended.size).toBe(0);
  coordinator.submit();
  expect(coordinator.view()).toMatchObject({ state: "waiting", submittedAt: coordinator.nowMs });
});

test("a job whose id is still listed, by somebody who has not brought a removal to its end, is begun", () => {
  const { store } = ended();
  for (const key of [...store.values.keys()]) if (key.startsWith("{job:j}")) store.values.delete(key);
  const next = new ACoordinator(store);
  next.call({ kind: "submit", description: describeJob(), life: "00000000001a" });
  expect(next.view()).toMatchObject({ state: "waiting", run: "j.00000000001a" });
  expect(new ACoordinator(store).view()).toMatchObject({ state: "waiting", run: "j.00000000001a" });
});

test.each([
  { name: "small ones", jobs: 40, maps: 10, kept: 32 },
  { name: "large ones", jobs: 5, maps: 40_000, kept: 2 },
  { name: "ones that are too large alone", jobs: 3, maps: 200_000, kept: 1 },
])("of $name that have ended, the tasks of the last $kept are kept", ({ jobs, maps, kept }) => {
  const job = { tables: { map: { count: maps }, reduce: { count: 1 } } };
  const recent = new Map(Array.from({ length: jobs }, (_, i) => [`j${i}`, job]));
  forgetTasks(recent);
  expect([...recent.keys()]).toEqual(Array.from({ length: kept }, (_, i) => `j${jobs - kept + i}`));
});
