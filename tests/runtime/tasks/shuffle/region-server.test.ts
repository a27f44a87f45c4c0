// What a worker remembers of its map outputs while it serves them.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { REDUCES_MAX } from "../../../../core/mapreduce/plan.ts";
import { MapOutputs } from "../../../../runtime/tasks/map/map-outputs.ts";
import { RegionFileWriter } from "../../../../runtime/tasks/regions/region-file.ts";
import { REGION_RECORDS } from "../../../../runtime/tasks/shuffle/region-path.ts";
import { RegionServer } from "../../../../runtime/tasks/shuffle/region-server.ts";
import { TestFolder } from "../run-here.ts";

const JOB = "job-1";
const MAPS = 120;

let folder: TestFolder;
let outputs: MapOutputs;
beforeEach(() => {
  folder = new TestFolder();
  outputs = new MapOutputs(join(folder.path, "scratch"));
  outputs.directoryOf(JOB);
  const path = outputs.pathOf({ job: JOB, task: 0, attempt: 1 });
  new RegionFileWriter(path, REDUCES_MAX).finish();
  for (let task = 1; task < MAPS; task++) copyFileSync(path, outputs.pathOf({ job: JOB, task, attempt: 1 }));
});
afterEach(() => folder.remove());

test("where the regions of many maps are takes little memory, however many reduces there are", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    // Buffers are given back beside the work; the next collection begins when that is over.
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const server = new RegionServer(outputs);
  const ask = (task: number, partition: number) => {
    const { status, headers, body } = server.answer({ job: JOB, task, attempt: 1, partition }, undefined);
    body?.on("error", () => undefined).destroy();
    return [status, headers[REGION_RECORDS]];
  };
  const before = used();
  for (let task = 0; task < MAPS; task++) expect(ask(task, REDUCES_MAX - 1)).toEqual([200, "0"]);
  expect(used() - before).toBeLessThan(24 << 20);
  // One that is remembered no longer is read again.
  expect(ask(0, 0)).toEqual([200, "0"]);
  expect(ask(0, REDUCES_MAX)[0]).toBe(404);
  server.forget(JOB);
  expect(used() - before).toBeLessThan(8 << 20);
});
