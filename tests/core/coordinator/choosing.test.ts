import { ACoordinator, describeJob, inputFile } from "./a-coordinator.ts";
import { openPhases } from "../../../core/coordinator/choosing.ts";
import type { AttemptName } from "../../../core/mapreduce/assignment.ts";
import { idOf } from "../../../core/mapreduce/job-keys.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";

const named = (orders: readonly { readonly job: string; readonly phase: string; readonly task: number }[]): readonly string[] =>
  orders.map(({ job, phase, task }) => `${idOf(job)}/${phase}-${task}`);

test("no reduce begins before every map is done", () => {
  const coordinator = new ACoordinator().planned();
  expect(openPhases(coordinator.job())).toEqual(["map"]);
  expect(named(coordinator.poll("w", { slots: 9 }).assignments)).toEqual(["j/map-0", "j/map-1", "j/map-2"]);
  expect(coordinator.poll("v", { slots: 9 }).assignments).toEqual([]);
});

test("a split goes to a worker that is near it, as long as there is one for everybody", () => {
  const coordinator = new ACoordinator().planned([inputFile(0), inputFile(1, { nodes: ["n1"] }), inputFile(2, { nodes: ["n2"] })]);
  expect(named(coordinator.poll("w", { slots: 1, node: "n2" }).assignments)).toEqual(["j/map-2"]);
  expect(named(coordinator.poll("v", { slots: 2, node: "n2" }).assignments)).toEqual(["j/map-0", "j/map-1"]);
});

test.each([null, "n"])("however many tasks a worker had trouble with, it gets the next one (its node: %s)", (node) => {
  const coordinator = new ACoordinator().planned(Array.from({ length: 70 }, (_, i) => inputFile(i)));
  coordinator.poll("v", { slots: 0 });
  const failure = { reason: "diskFull", message: "full", record: null, file: null, offset: null } as const;
  for (let task = 0; task < 69; task++) {
    const [{ name } = { name: null }] = coordinator.grab("w", 1);
    expect(name).toMatchObject({ task });
    coordinator.report("w", name as never, { kind: "failed", failure });
  }
  expect(named(coordinator.poll("w", { slots: 1, node }).assignments)).toEqual(["j/map-69"]);
});

test("jobs share a worker by their weights", () => {
  const coordinator = new ACoordinator();
  const files = Array.from({ length: 8 }, (_, i) => inputFile(i));
  coordinator.submit(describeJob("a"));
  coordinator.submit(describeJob("b", { weight: 3 }));
  for (const { name } of coordinator.grab("lister", 2)) coordinator.report("lister", name, { kind: "listed", files, boundaries: null });
  const given = named(coordinator.poll("w", { slots: 8 }).assignments);
  expect(given.filter((each) => each.startsWith("a/"))).toHaveLength(2);
  expect(given.filter((each) => each.startsWith("b/"))).toHaveLength(6);
});

const done = (coordinator: ACoordinator, ms: number): void => {
  for (const { name } of coordinator.grab("w", 3)) {
    coordinator.tick(ms);
    coordinator.mapDone("w", name);
  }
};

test("what takes much longer than the others is begun a second time, on another worker, once nothing else is left", () => {
  const coordinator = new ACoordinator().planned(Array.from({ length: 4 }, (_, i) => inputFile(i)));
  const [slow] = coordinator.grab("slow", 1);
  done(coordinator, 100);
  const running = [{ ...(slow?.name as never as object), fraction: 0, work: {} } as never];
  expect(coordinator.poll("w", { slots: 1 }).assignments).toEqual([]);
  for (let i = 0; i < 11; i++) {
    coordinator.tick(1_000);
    expect(coordinator.poll("slow", { slots: 1, running }).assignments).toEqual([]);
  }
  expect(coordinator.poll("w", { slots: 1 }).assignments).toMatchObject([{ phase: "map", task: 0, attempt: 2 }]);
  expect(coordinator.poll("v", { slots: 1 }).assignments).toEqual([]);
});

test("one whose progress says that it is slow is not waited for so long", () => {
  const coordinator = new ACoordinator().planned(Array.from({ length: 4 }, (_, i) => inputFile(i)));
  const [slow] = coordinator.grab("slow", 1);
  done(coordinator, 100);
  coordinator.tick(1_000);
  coordinator.poll("slow", { slots: 1, running: [{ ...(slow?.name as never as object), fraction: 0.1, work: {} } as never] });
  expect(coordinator.poll("w", { slots: 1 }).assignments).toMatchObject([{ phase: "map", task: 0, attempt: 2 }]);
});

test("a task that hangs gets a copy under another coordinator, too, which has not seen how long the others took", () => {
  const earlier = new ACoordinator().planned(
    Array.from({ length: 4 }, (_, i) => inputFile(i)),
    describeJob("j", { leaseMs: 60_000 }),
  );
  const [slow] = earlier.grab("slow", 1);
  done(earlier, 100);
  const coordinator = new ACoordinator(earlier.store);
  coordinator.nowMs = earlier.nowMs;
  coordinator.tick(0);
  const running = [{ ...(slow?.name as never as object), fraction: 0.01, work: {} } as never];
  const asked = (afterMs: number) => {
    coordinator.tick(afterMs);
    coordinator.poll("slow", { slots: 1, running });
    return coordinator.poll("w", { slots: 1 }).assignments;
  };
  expect(asked(1_000)).toEqual([]);
  expect(asked(18_000)).toEqual([]);
  expect(asked(2_000)).toMatchObject([{ phase: "map", task: 0, attempt: 2 }]);
});

/** Heard of each second, and no further. */
function hangFor(coordinator: ACoordinator, name: AttemptName, seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    coordinator.tick(1_000);
    coordinator.poll("hung", { slots: 1, running: [{ ...name, fraction: 0, work: NO_WORK }] });
  }
}

const HANGING: Readonly<Record<string, { readonly begin: () => ACoordinator; readonly afterS: number }>> = {
  list: {
    begin: () => {
      const coordinator = new ACoordinator();
      coordinator.submit();
      return coordinator;
    },
    afterS: 30,
  },
  map: { begin: () => new ACoordinator().planned([inputFile(0)]), afterS: 60 },
  publish: {
    begin: () => {
      const coordinator = new ACoordinator().planned([inputFile(0)]).mapped();
      for (const { name } of coordinator.grab("w", 2)) coordinator.reduceDone("w", name, 2);
      coordinator.report("w", coordinator.grab("w", 1)[0]?.name as AttemptName, { kind: "published" });
      return coordinator;
    },
    afterS: 30,
  },
  finish: {
    begin: () => {
      const coordinator = new ACoordinator().planned();
      coordinator.call({ kind: "cancel", job: "j" });
      return coordinator;
    },
    afterS: 30,
  },
};

test.each(Object.keys(HANGING))("a %s that does nothing any more gets a copy, though it is the only one and its worker lives", (phase) => {
  const { begin, afterS } = HANGING[phase] as (typeof HANGING)[string];
  const coordinator = begin();
  const [hung] = coordinator.grab("hung", 1);
  const name = hung?.name as AttemptName;
  expect(name.phase).toBe(phase);
  hangFor(coordinator, name, afterS);
  expect(coordinator.poll("w", { slots: 1 }).assignments).toEqual([]);
  hangFor(coordinator, name, 1);
  expect(coordinator.poll("w", { slots: 1 }).assignments).toMatchObject([{ phase, task: name.task, attempt: 2 }]);
  expect(coordinator.poll("v", { slots: 1 }).assignments).toEqual([]);
});

test("the copy of a clean-up that hangs ends it", () => {
  const coordinator = HANGING["finish"]?.begin() as ACoordinator;
  const name = coordinator.grab("hung", 1)[0]?.name as AttemptName;
  hangFor(coordinator, name, 31);
  coordinator.report("w", coordinator.grab("w", 1)[0]?.name as AttemptName, { kind: "finished" });
  expect(coordinator.core.state.jobs.size).toBe(0);
  expect(coordinator.poll("hung", { slots: 1, running: [{ ...name, fraction: 0, work: NO_WORK }] }).end).toEqual([name]);
});

test("without backup copies nothing is begun a second time", () => {
  const coordinator = new ACoordinator().planned(
    Array.from({ length: 4 }, (_, i) => inputFile(i)),
    describeJob("j", { backups: false, leaseMs: 60_000 }),
  );
  coordinator.grab("slow", 1);
  done(coordinator, 100);
  coordinator.tick(20_000);
  expect(coordinator.poll("w", { slots: 1 }).assignments).toEqual([]);
});

test("the first copy that ends counts, and the other is for nothing", () => {
  const coordinator = new ACoordinator().planned(
    Array.from({ length: 4 }, (_, i) => inputFile(i)),
    describeJob("j", { leaseMs: 60_000 }),
  );
  const [slow] = coordinator.grab("slow", 1);
  done(coordinator, 100);
  coordinator.tick(11_000);
  const [backup] = coordinator.grab("w", 1);
  expect(coordinator.mapDone("w", backup?.name as never).verdict).toBe("accepted");
  expect(coordinator.mapDone("slow", slow?.name as never).verdict).toBe("discarded");
  expect(coordinator.job().tables.map.at(0).winner?.attempt).toBe(2);
});
