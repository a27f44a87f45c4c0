// A map's output goes from one worker's disk to another's.
import fastify from "fastify";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { MapOutputSource } from "../../../../core/mapreduce/assignment.ts";
import { MapOutputs } from "../../../../runtime/tasks/map/map-outputs.ts";
import { RegionFileBuilder } from "../../../../runtime/tasks/regions/region-file.ts";
import { Adopter } from "../../../../runtime/tasks/shuffle/adopter.ts";
import { serveRegions } from "../../../../runtime/tasks/shuffle/region-routes.ts";
import { RegionServer } from "../../../../runtime/tasks/shuffle/region-server.ts";
import { TestFolder } from "../run-here.ts";

const JOB = "job-1";
let folder: TestFolder;
let there: MapOutputs;
let here: MapOutputs;
let origin = "";
let asked = 0;
// The other worker's server doesn't wait for connections that are kept.
const app = fastify({ forceCloseConnections: true });

beforeAll(async () => {
  folder = new TestFolder();
  there = new MapOutputs(join(folder.path, "there"));
  here = new MapOutputs(join(folder.path, "here"));
  serveRegions(app, new RegionServer(there));
  app.addHook("onRequest", (_request, _reply, next) => {
    asked++;
    next();
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  origin = `http://127.0.0.1:${String((app.server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  await app.close();
  folder.remove();
});

/** A file of two regions at the other worker. */
function mapped(task: number): MapOutputSource {
  there.directoryOf(JOB);
  const builder = new RegionFileBuilder(there.pathOf({ job: JOB, task, attempt: 3 }));
  for (const region of ["first region", "x".repeat(600_000)]) {
    builder.append(Buffer.from(region));
    builder.endRegion(1);
  }
  builder.finish();
  return { task, attempt: 3, origin };
}

const pathHere = (task: number): string => here.pathOf({ job: JOB, task, attempt: 3 });

test("it has the same bytes afterwards, under the same name, and does not fetch them again", async () => {
  const adopter = new Adopter(here, {});
  const source = mapped(0);
  const before = asked;
  expect(await Promise.all([adopter.adopt(JOB, source), adopter.adopt(JOB, source)])).toEqual([true, true]);
  expect(readFileSync(pathHere(0)).equals(readFileSync(there.pathOf({ job: JOB, task: 0, attempt: 3 })))).toBe(true);
  expect(await adopter.adopt(JOB, source)).toBe(true);
  expect(asked - before).toBe(1);
  expect(here.intact()).toEqual([{ job: JOB, task: 0, attempt: 3 }]);
});

test("what is not there, not whole, or with nobody is not taken over, and nothing of it stays", async () => {
  const adopter = new Adopter(here, {});
  expect(await adopter.adopt(JOB, { task: 8, attempt: 3, origin })).toBe(false);
  const damaged = mapped(1);
  writeFileSync(there.pathOf({ job: JOB, task: 1, attempt: 3 }), "half of it");
  expect(await adopter.adopt(JOB, damaged)).toBe(false);
  expect(await adopter.adopt(JOB, { ...mapped(2), origin: "http://127.0.0.1:9" })).toBe(false);
  for (const task of [8, 1, 2]) expect(existsSync(pathHere(task))).toBe(false);
});

test("many at once all come", async () => {
  const adopter = new Adopter(here, {});
  const sources = [10, 11, 12, 13, 14, 15, 16].map(mapped);
  expect(await Promise.all(sources.map((source) => adopter.adopt(JOB, source)))).toEqual(sources.map(() => true));
});
