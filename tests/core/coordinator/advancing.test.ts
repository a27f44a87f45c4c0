import { selfCheck } from "../../../core/coordinator/advancing.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { ACoordinator, describeJob, factsOf, inputFile } from "./a-coordinator.ts";

test("a job without any input fails, and says so", () => {
  expect(new ACoordinator().planned([]).view()).toMatchObject({ state: "failed", error: { reason: "noInput" } });
});

test("too many splits are refused before any of them is made", () => {
  const coordinator = new ACoordinator().planned([inputFile(0, { length: 1e12 })]);
  expect(coordinator.view()).toMatchObject({ state: "failed", error: { reason: "tooManyTasks" } });
});

test("records that were written and not read fail the job, and nothing becomes visible", () => {
  const coordinator = new ACoordinator().planned().mapped();
  for (const { name } of coordinator.grab("w", 2)) coordinator.reduceDone("w", name, 5);
  expect(coordinator.view()).toMatchObject({
    state: "failed",
    error: { reason: "selfCheck", message: expect.stringContaining("wrote 12 records and the reduces read 10") as never },
  });
  expect(coordinator.poll("w", { slots: 1 }).assignments).toMatchObject([{ phase: "finish", succeeded: false }]);
});

test("where a map that ran again wrote another number, the sums say nothing", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)], describeJob("j", { leaseMs: 60_000 })).mapped();
  coordinator.poll("w", { slots: 0, kept: [] });
  const [again] = coordinator.grab("v", 1);
  coordinator.mapDone("v", again?.name as never, {
    work: { recordsRead: 0, recordsWritten: 9, bytesRead: 0, bytesWritten: 0, memoryBytes: 0, cpuMs: 0 },
  });
  expect(coordinator.job().record.isUnsteady).toBe(true);
  expect(selfCheck(coordinator.job())).toBeNull();
});

test("nor do they where it wrote as much in all, but other numbers for the reduces", () => {
  const setting = describeJob("j", { leaseMs: 60_000 });
  const coordinator = new ACoordinator().planned([inputFile(0), inputFile(1)], setting).mapped();
  const [early] = coordinator.grab("w", 1);
  coordinator.poll("w", { slots: 0, kept: [] });
  coordinator.reduceDone("w", early?.name as never, 4);
  for (const { name } of coordinator.grab("v", 2)) {
    const result = { kind: "mapped", origin: "http://v", regionBytes: [4, 4], regionRecords: [1, 3] } as const;
    coordinator.report("v", name, [result, { work: { ...NO_WORK, recordsWritten: 4 } }]);
  }
  expect(coordinator.job().record.isUnsteady).toBe(true);
  coordinator.reduceDone("v", coordinator.grab("v", 1)[0]?.name as never, 6);
  expect(coordinator.view()).toMatchObject({ state: "reducing", error: null });
});

test("a map that writes the same again is steady, also under a coordinator that reads that from the store", () => {
  const one = new ACoordinator().planned([inputFile(0)], describeJob("j", { leaseMs: 60_000 })).mapped();
  one.poll("w", { slots: 0, kept: [] });
  const other = new ACoordinator(one.store);
  other.mapDone("v", other.grab("v", 1)[0]?.name as never);
  expect(other.job().record.isUnsteady).toBe(false);
  other.poll("v", { slots: 0, kept: [] });
  const [again] = other.grab("u", 1);
  const result = { kind: "mapped", origin: "http://u", regionBytes: [4, 4], regionRecords: [1, 3] } as const;
  other.report("u", again?.name as never, [result, { work: { ...NO_WORK, recordsWritten: 4 } }]);
  expect(other.job().record.isUnsteady).toBe(true);
});

test("a task that is done again counts once", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)], describeJob("j", { leaseMs: 60_000 }));
  coordinator.mapDone("w", coordinator.grab("w", 1)[0]?.name as never, { counters: { seen: 1 } });
  coordinator.poll("w", { slots: 0, kept: [] });
  coordinator.mapDone("v", coordinator.grab("v", 1)[0]?.name as never, { counters: { seen: 1 } });
  expect(coordinator.view().counters).toEqual({ seen: 1 });
});

test("a job of which the store does not take what is to be kept fails, and says so, instead of being taken over for ever", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  coordinator.holdsStore = true;
  const result = { kind: "mapped", origin: "http://w", regionBytes: [1, 1], regionRecords: [1, 1] };
  const report = { ...(map?.name as never as object), result, work: NO_WORK, counters: {}, skipped: 0, log: "" };
  const request = coordinator.ask({ kind: "report", report: { ...factsOf("w"), report: report as never } });
  coordinator.releaseStore((effect) => ({ kind: "committed", job: effect.kind === "commit" ? effect.job : "", outcome: "tooLarge" }));
  expect(coordinator.answer(request)).toMatchObject({ kind: "unknown" });
  expect(coordinator.view()).toMatchObject({ state: "failed", error: { reason: "tooLarge" } });
  expect(coordinator.store.values.get("{job:j}:record")).toContain("tooLarge");
});

/** As the store: nothing of more than 1 MiB. */
function refuseLargeValues({ store }: ACoordinator): { readonly refused: () => number } {
  const apply = store.applyNow.bind(store);
  let refused = 0;
  store.applyNow = (effect) => {
    const isLarge = effect.kind === "commit" && effect.writes.some(([, value]) => (value?.length ?? 0) > 2 ** 20);
    if (!isLarge) return apply(effect);
    expect(++refused).toBeLessThan(10);
    return { kind: "committed", job: effect.job, outcome: "tooLarge" };
  };
  return { refused: () => refused };
}

test("a job whose counters fill all that the store takes ends, though not even its error fits beside them", () => {
  const coordinator = new ACoordinator().planned([inputFile(0), inputFile(1)]);
  const { refused } = refuseLargeValues(coordinator);
  const [first, second] = coordinator.grab("w", 2);
  const names = Array.from({ length: 500 }, (_, i) => `${i}`.padStart(2_000, "x"));
  const without = (coordinator.store.values.get("{job:j}:record")?.length ?? 0) + JSON.stringify(names).length + 2 * names.length;
  const counters = Object.fromEntries([...names, "z".repeat(2 ** 20 - without - 200)].map((name) => [name, 1]));
  coordinator.mapDone("w", first?.name as never, { counters });
  expect(() => coordinator.mapDone("w", second?.name as never, { counters: { ["y".repeat(20_000)]: 1 } })).toThrow("unknown");
  expect(refused()).toBe(1);
  expect(coordinator.view()).toMatchObject({ state: "failed", error: { reason: "tooLarge" }, counters: {} });
});

test("a job has a thousand counters at most: all of them are written with every commit", () => {
  const coordinator = new ACoordinator().planned([inputFile(0), inputFile(1)]);
  const named = (from: number, count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`name ${from + i}`, 1]));
  const [first, second] = coordinator.grab("w", 2);
  coordinator.mapDone("w", first?.name as never, { counters: named(0, 1_000) });
  expect(coordinator.view().state).toBe("mapping");
  coordinator.mapDone("w", second?.name as never, { counters: named(1_000, 1) });
  expect(coordinator.view()).toMatchObject({ state: "failed", error: { reason: "tooLarge" } });
  expect(coordinator.view().error?.message).toContain("1001 names");
});
