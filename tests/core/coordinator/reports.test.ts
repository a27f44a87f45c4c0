import { ACoordinator, describeJob, failure, inputFile } from "./a-coordinator.ts";

const failed = (more: Parameters<typeof failure>[0] = {}) => ({ kind: "failed", failure: failure(more) }) as const;

test("the same report again is accepted again and changes nothing; another attempt's is not wanted", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  const name = map?.name as never;
  expect(coordinator.mapDone("w", name, { counters: { seen: 1 } }).verdict).toBe("accepted");
  expect(coordinator.mapDone("w", name, { counters: { seen: 1 } }).verdict).toBe("accepted");
  expect(coordinator.view().counters).toEqual({ seen: 1 });
  expect(coordinator.mapDone("w", { ...(name as object), attempt: 2 } as never).verdict).toBe("discarded");
});

test("a late report of an attempt that was given up counts if no other has, and never afterwards", () => {
  const coordinator = new ACoordinator().planned();
  const [map] = coordinator.grab("w", 1);
  coordinator.tick(11_000);
  const [again] = coordinator.grab("v", 1);
  expect(again?.name).toMatchObject({ task: 0, attempt: 2 });
  expect(coordinator.mapDone("w", map?.name as never, { counters: { seen: 1 } }).verdict).toBe("accepted");
  expect(coordinator.mapDone("v", again?.name as never, { counters: { seen: 1 } }).verdict).toBe("discarded");
  expect(coordinator.view().counters).toEqual({ seen: 1 });
});

test("what failed is tried again, as often as the job allows, and then the job says why and where", () => {
  const coordinator = new ACoordinator().planned(undefined, describeJob("j", { attemptsMax: 2 }));
  for (let i = 0; i < 2; i++) {
    expect(coordinator.view().state).toBe("mapping");
    const [map] = coordinator.grab("w", 1);
    coordinator.report("w", map?.name as never, failed({ message: "boom", record: 7, file: "file:/in/0", offset: 12 }));
    coordinator.tick(1);
    coordinator.job().tables.map.waiting.delete(1);
    coordinator.job().tables.map.waiting.delete(2);
  }
  expect(coordinator.view()).toMatchObject({
    state: "failed",
    error: {
      reason: "threw",
      phase: "map",
      task: 0,
      attempt: 2,
      record: 7,
      file: "file:/in/0",
      offset: 12,
      message: "map task 0: boom (after 2 attempts)",
    },
  });
});

test("what can't get better is not tried again", () => {
  const coordinator = new ACoordinator();
  coordinator.submit();
  const [list] = coordinator.grab("w", 1);
  coordinator.report("w", list?.name as never, failed({ reason: "missingInput", message: "file:/in does not exist" }));
  expect(coordinator.view()).toMatchObject({
    state: "failed",
    error: { reason: "missingInput", message: "list task 0: file:/in does not exist" },
  });
});

test("a reason that nobody knows here, of a worker of a later version, is a failure like others, and its message stays", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)], describeJob("j", { attemptsMax: 2 }));
  for (let i = 0; i < 2; i++)
    coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, failed({ reason: "toString" as never, message: "too hot" }));
  expect(coordinator.view()).toMatchObject({
    state: "failed",
    error: { reason: "internal", message: "map task 0: too hot (after 2 attempts)" },
  });
});

test("a record that fails twice is left out by the next attempt, where the job allows it", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)], describeJob("j", { skipsMax: 1 }));
  for (let i = 0; i < 2; i++) coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, failed({ record: 7 }));
  const [third] = coordinator.poll("w", { slots: 1 }).assignments;
  expect(third).toMatchObject({ attempt: 3, skip: [{ record: 7, reason: "threw: no" }] });
  coordinator.mapDone("w", third as never, { skipped: 1 });
  expect(coordinator.view()).toMatchObject({ skipped: 1, state: "reducing" });
});

test("more records than may be left out end the job", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)], describeJob("j", { skipsMax: 1, attemptsMax: 50 }));
  for (const record of [7, 7, 9, 9]) coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, failed({ record }));
  expect(coordinator.view()).toMatchObject({ state: "failed", error: { reason: "tooManySkips" } });
});

test("a worker's own trouble is not the task's: another worker gets it at once, the same one after a while", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)]);
  coordinator.poll("v", { slots: 0 });
  coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, failed({ reason: "diskFull" }));
  expect(coordinator.job().tables.map.at(0).failures).toBe(0);
  expect(coordinator.grab("w", 1)).toEqual([]);
  coordinator.tick(1_000);
  expect(coordinator.grab("w", 1)).toHaveLength(1);
});

test("what workers had trouble with before a map was done says nothing about it when its output was lost", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)], describeJob("j", { attemptsMax: 1 }));
  for (let round = 0; round < 12; round++) {
    const [one, other] = round % 2 === 0 ? ["v", "w"] : ["w", "v"];
    for (const worker of ["v", "w"]) coordinator.poll(worker, { slots: 0 });
    coordinator.report(one as string, coordinator.grab(one as string, 1)[0]?.name as never, failed({ reason: "diskFull" }));
    expect(coordinator.job().tables.map.at(0)).toMatchObject({ losses: 1, failures: 0 });
    coordinator.mapDone(other as string, coordinator.grab(other as string, 1)[0]?.name as never);
    expect(coordinator.job().tables.map.at(0)).toMatchObject({ losses: 0, status: "done" });
    coordinator.poll(other as string, { slots: 0, kept: [] });
    expect(coordinator.job().tables.map.at(0).status).toBe("waiting");
  }
});

test("trouble that every worker has is the task's", () => {
  const coordinator = new ACoordinator();
  coordinator.planned([inputFile(0)], describeJob("j", { attemptsMax: 1 }));
  coordinator.tick(11_000); // whoever listed is away
  coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, failed({ reason: "untrusted", message: "not here" }));
  expect(coordinator.view()).toMatchObject({ state: "failed", error: { reason: "untrusted" } });
});

test("what a worker gives back is nobody's fault", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)]);
  coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, { kind: "givenBack" });
  expect(coordinator.job().tables.map.at(0)).toMatchObject({ failures: 0, losses: 0, status: "waiting" });
});

test.each([
  { name: "a task that there is not", task: 99, attempt: 1 },
  { name: "an attempt that was never given out", task: 0, attempt: 9 },
])("$name is not wanted", ({ task, attempt }) => {
  const coordinator = new ACoordinator().planned();
  expect(coordinator.mapDone("w", { job: "j.000000000001", phase: "map", task, attempt }).verdict).toBe("discarded");
});

test.each(["badUrl", "outputExists"] as const)(
  "behind a job whose output is %s there is nothing to be cleaned up: nobody tries for ever",
  (reason) => {
    const coordinator = new ACoordinator();
    coordinator.submit();
    coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, failed({ reason: "badUrl", message: "ftp: is no output" }));
    coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, failed({ reason }));
    expect(coordinator.grab("w", 1)).toEqual([]);
    expect(coordinator.core.state.jobs.size).toBe(0);
    expect(coordinator.view()).toMatchObject({ state: "failed", error: { reason: "badUrl" } });
  },
);

test("what can't be cleaned up now is tried again after a while, longer each time", () => {
  const coordinator = new ACoordinator();
  coordinator.submit();
  coordinator.call({ kind: "cancel", job: "j" });
  const waits: number[] = [];
  for (let tries = 0; tries < 4; tries++) {
    let waitedMs = 0;
    for (;;) {
      const [finish] = coordinator.grab("w", 1);
      if (finish !== undefined) {
        coordinator.report("w", finish.name, failed({ reason: "internal", message: "a read-only disk" }));
        break;
      }
      coordinator.tick(500);
      waitedMs += 500;
    }
    waits.push(waitedMs);
  }
  expect(waits).toEqual([0, 1_000, 2_000, 4_000]);
  expect(coordinator.core.state.jobs.size).toBe(1);
});

test("where tasks may have written something, a refusal is not the last word: another worker is asked next, and after half an hour nobody", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.call({ kind: "cancel", job: "j" });
  const refused = failed({ reason: "badUrl", message: "s3: is nothing that this worker knows" });
  coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, refused);
  expect(coordinator.job().record.isCleaned).toBe(false);
  coordinator.tick(1_000);
  expect(coordinator.grab("w", 1)).toEqual([]);
  coordinator.report("v", coordinator.grab("v", 1)[0]?.name as never, refused);
  const beganMs = coordinator.nowMs;
  const minutes = (): number => (coordinator.nowMs - beganMs) / 60_000;
  while (coordinator.core.state.jobs.size > 0) {
    coordinator.tick(2_000);
    for (const { name } of coordinator.grab("w", 1)) coordinator.report("w", name, refused);
  }
  expect(minutes()).toBeGreaterThan(20);
  expect(minutes()).toBeLessThan(40);
});

test("what is out of reach is given some time before the next attempt", () => {
  const coordinator = new ACoordinator().planned([inputFile(0)]);
  coordinator.report("w", coordinator.grab("w", 1)[0]?.name as never, failed({ reason: "unreachable" }));
  expect([...coordinator.grab("w", 1), ...coordinator.grab("v", 1)]).toEqual([]);
  coordinator.tick(1_000);
  expect(coordinator.grab("v", 1)).toHaveLength(1);
});
