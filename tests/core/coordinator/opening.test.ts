import { Opening } from "../../../core/coordinator/opening.ts";
import { ACoordinator, inputFile } from "./a-coordinator.ts";

test("the fence is raised before anything is read", () => {
  expect(new Opening("j", 0).begin()).toEqual({ kind: "raiseFence", job: "j" });
});

test("a line in the index without a job is nothing", () => {
  const opening = new Opening("j", 0);
  expect(opening.fenceRaised(3)).toEqual({ kind: "load", job: "j", load: 0, keys: ["{job:j}:description", "{job:j}:record"] });
  expect(opening.loaded([null, null])).toEqual({ kind: "gone" });
});

test("a job is read whole: inputs in pages, tasks in pages, and what never was written as waiting", () => {
  const old = new ACoordinator().planned(Array.from({ length: 1_201 }, (_, i) => inputFile(i)));
  old.grab("w", 1);
  const opening = new Opening("j", 0);
  opening.begin();
  const read = (keys: readonly string[]): readonly (string | null)[] => keys.map((key) => old.store.values.get(key) ?? null);
  const head = opening.fenceRaised(9);
  const pages = opening.loaded(read(head.kind === "load" ? head.keys : []));
  if (pages.kind !== "effect" || pages.effect.kind !== "load") throw new Error("no pages");
  const opened = opening.loaded(read(pages.effect.keys));
  if (opened.kind !== "job") throw new Error("no job");
  const { job } = opened;
  expect([job.fence, job.splits.length, job.tables.map.count, job.tables.map.running.size]).toEqual([9, 1_201, 1_201, 1]);
  job.revive(77);
  expect([...job.live.keys()]).toEqual(["map-0/1"]);
});

test("a page of inputs that is missing is no job that could go on", () => {
  const old = new ACoordinator().planned();
  const opening = new Opening("j", 0);
  opening.fenceRaised(2);
  const pages = opening.loaded(["{job:j}:description", "{job:j}:record"].map((key) => old.store.values.get(key) ?? null));
  if (pages.kind !== "effect" || pages.effect.kind !== "load") throw new Error("no pages");
  const { keys } = pages.effect;
  expect(() => opening.loaded(keys.map(() => null))).toThrow("inputs");
});
