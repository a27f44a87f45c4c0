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
  const report = { ...(map?.name as never as object), result: { kind: "mapped" }, work: NO_WORK, counters: {}, skipped: 0, log: "" };
  const request = coordinator.ask({ kind: "report", report: { ...factsOf("w"), report: report as never } });
  coordinator.releaseStore((effect) => ({ kind: "committed", job: effect.kind === "commit" ? effect.job : "", outcome: "tooLarge" }));
  expect(coordinator.answer(request)).toMatchObject({ kind: "unknown" });
  expect(coordinator.view()).toMatchObject({ state: "failed", error: { reason: "tooLarge" } });
  expect(coordinator.store.values.get("{job:j}:record")).toContain("tooLarge");
});
