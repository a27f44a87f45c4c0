// Regions on their way to a reduce task: cut off, damaged, gone, and made anew elsewhere.
import { readFileSync, writeFileSync } from "node:fs";
import type { MapOutputSource } from "../../../../core/mapreduce/assignment.ts";
import type { FetchTrouble } from "../../../../core/mapreduce/report.ts";
import type { FetchRegion, RegionRequest } from "../../../../runtime/tasks/reduce/region-fetcher.ts";
import { TaskProblem } from "../../../../runtime/tasks/task-problem.ts";
import { RegionServer } from "../../../../runtime/tasks/shuffle/region-server.ts";
import { runTask } from "../../../../runtime/tasks/run-task.ts";
import { TaskRun } from "../../../../runtime/tasks/task-run.ts";
import { MapOutputs } from "../../../../runtime/tasks/map/map-outputs.ts";
import { Landing } from "../../../../runtime/tasks/reduce/landing.ts";
import { attempt, TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

const TEXT = Array.from({ length: 4_000 }, (_, i) => `word${String.fromCharCode(97 + (i % 26))}${"x".repeat(i % 37)}`).join("\n");

async function mapped(task: number): Promise<MapOutputSource> {
  const description = folder.description({ reduces: 1, program: { kind: "app", name: "sort" } });
  const split = folder.splitOf("text", TEXT);
  const report = await attempt(
    { job: description.id, phase: "map", task, attempt: 1, description, split, skip: [], boundaries: null },
    folder.environment(),
  );
  expect(report.result.kind).toBe("mapped");
  return { task, attempt: 1, origin: "http://there" };
}

async function reduced(
  sources: readonly MapOutputSource[],
  fetchRegion: FetchRegion,
  onTrouble: (trouble: FetchTrouble, run: TaskRun) => void = () => undefined,
): Promise<string[]> {
  const description = folder.description({ reduces: 1, program: { kind: "app", name: "sort" } });
  const common = { job: description.id, task: 0, attempt: 1, description };
  const run: TaskRun = new TaskRun(
    { ...common, phase: "reduce", maps: sources.length, sources, skip: [] },
    { onProgress: () => undefined, onFetchTrouble: (trouble) => onTrouble(trouble, run) },
  );
  const { result } = await runTask(run, folder.environment({ fetchRegion }));
  if (result.kind !== "reduced") throw new Error(JSON.stringify(result));
  await attempt({ ...common, phase: "publish", winner: 1, files: result.files }, folder.environment());
  return folder.output();
}

const expected = (times: number): string[] =>
  TEXT.split("\n")
    .flatMap((line) => Array.from({ length: times }, () => line))
    .sort();

/** From this worker's disk, by way of what serves it to others. */
function served({ job, source, partition, from }: RegionRequest): Awaited<ReturnType<FetchRegion>> {
  const server = new RegionServer(new MapOutputs(folder.scratch));
  const { status, headers, body } = server.answer({ job, task: source.task, attempt: source.attempt, partition }, `bytes=${String(from)}-`);
  if (status !== 206 || body === null) throw new Error(`status ${String(status)}`);
  return {
    bytes: Number(headers["flotilla-region-bytes"]),
    records: Number(headers["flotilla-region-records"]),
    body: body as AsyncIterable<Uint8Array>,
  };
}

test("regions are fetched from the disk of a worker that knows nothing but its files", async () => {
  const sources = [await mapped(0), await mapped(1), await mapped(2)];
  expect(await reduced(sources, (request) => Promise.resolve(served(request)))).toEqual(expected(3));
});

test("a stream that breaks off goes on where it ended", async () => {
  const sources = [await mapped(0)];
  const froms: number[] = [];
  const cut: FetchRegion = async (request) => {
    froms.push(request.from);
    const { body, ...sizes } = served(request);
    async function* beginning(): AsyncGenerator<Uint8Array> {
      for await (const piece of body) {
        yield piece.subarray(0, 40_000);
        throw new Error("the other side is gone");
      }
    }
    return Promise.resolve({ ...sizes, body: froms.length < 3 ? beginning() : body });
  };
  expect(await reduced(sources, cut)).toEqual(expected(1));
  expect(froms).toEqual([0, 40_000, 80_000]);
});

test("damage on the way is noticed, and fetched anew from the beginning", async () => {
  const sources = [await mapped(0)];
  const froms: number[] = [];
  const damaging: FetchRegion = (request) => {
    froms.push(request.from);
    const { body, ...sizes } = served(request);
    async function* damaged(): AsyncGenerator<Uint8Array> {
      for await (const piece of body) yield Uint8Array.from(piece, (byte, i) => (i === 1_000 ? byte ^ 1 : byte));
    }
    return Promise.resolve({ ...sizes, body: froms.length === 1 ? damaged() : body });
  };
  expect(await reduced(sources, damaging)).toEqual(expected(1));
  expect(froms).toEqual([0, 0]);
});

test("a map whose output can't be had is reported, the others go on, and where it ran anew is where it is fetched", async () => {
  const [lost, kept] = [await mapped(0), await mapped(1)];
  const gone: MapOutputSource = { ...lost, attempt: 7, origin: "http://gone" };
  const troubles: FetchTrouble[] = [];
  const lines = await reduced(
    [gone, kept],
    (request) => (request.source.origin === "http://gone" ? Promise.reject(new Error("no route")) : Promise.resolve(served(request))),
    (trouble, run) => {
      troubles.push(trouble);
      if (trouble.tries > 0) run.onMoved([lost]);
    },
  );
  expect(lines).toEqual(expected(2));
  expect(troubles).toMatchObject([
    { mapTask: 0, mapAttempt: 7, origin: "http://gone", tries: 3, message: "no route" },
    { mapTask: 0, mapAttempt: 1, tries: 0 },
  ]);
});

test("a file that was damaged on the disk is none that a restarted worker keeps, and what is asked for can't lead elsewhere", async () => {
  const { task, attempt: number } = await mapped(0);
  const outputs = new MapOutputs(folder.scratch);
  expect(outputs.intact()).toEqual([{ job: "job-1", task, attempt: number }]);
  const server = new RegionServer(outputs);
  for (const job of ["../job-1", "..", "", "job-1/../job-1", "none"])
    expect(server.answer({ job, task, attempt: number, partition: 0 }, undefined).status).toBe(404);
  expect(server.answer({ job: "job-1", task, attempt: number, partition: 1 }, undefined).status).toBe(404);
  expect(server.answer({ job: "job-1", task, attempt: number, partition: 0 }, "bytes=99999999-").status).toBe(416);
  const path = outputs.pathOf({ job: "job-1", task, attempt: number });
  writeFileSync(path, readFileSync(path).subarray(0, -5));
  expect(outputs.intact()).toEqual([]);
});

test("an attempt that fails while regions come is over only when nothing of it goes on: its files are closed then, and others get their numbers", async () => {
  const description = folder.description({ reduces: 1, program: { kind: "app", name: "sort" } });
  const sources = [await mapped(0), await mapped(1)];
  const events: string[] = [];
  const fetchRegion: FetchRegion = (request) => {
    const { body, ...sizes } = served(request);
    async function* late(): AsyncGenerator<Uint8Array> {
      if (request.source.task === 0) throw new TaskProblem("diskFull", "the disk is full");
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push("a piece comes");
      yield* body;
    }
    return Promise.resolve({ ...sizes, body: late() });
  };
  const common = { job: description.id, task: 0, attempt: 1, description };
  const { result } = await attempt({ ...common, phase: "reduce", maps: 2, sources, skip: [] }, folder.environment({ fetchRegion }));
  events.push("the attempt is over");
  expect(result).toMatchObject({ kind: "failed", failure: { reason: "diskFull" } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(events).toEqual(["a piece comes", "the attempt is over"]);
});

test("a reduce that waits for hours for a lost map goes on when it has run", async () => {
  const source = await mapped(0);
  const description = folder.description({ reduces: 1, program: { kind: "app", name: "sort" } });
  const silent = { onProgress: () => undefined, onFetchTrouble: () => undefined };
  const run = new TaskRun(
    { job: description.id, task: 0, attempt: 1, description, phase: "reduce", maps: 1, sources: [], skip: [] } as const,
    silent,
  );
  const { mapOutputs } = folder.environment();
  const fetchRegion: FetchRegion = (request) => Promise.resolve(served(request));
  const landing = new Landing({ run, directory: `${folder.scratch}/landing`, fetchRegion, mapOutputs, origin: "http://here" });
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "performance"] });
  const places = landing.fetchAll();
  await jest.advanceTimersByTimeAsync(10_000_000);
  jest.useRealTimers();
  run.onMoved([source]);
  expect(await places).toHaveLength(1);
  landing.close();
});
