import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CODE_FOLDER, MapOutputs } from "../../../../runtime/tasks/map/map-outputs.ts";

test("a worker that begins anew removes what attempts of its earlier lives were at, and keeps outputs and code", () => {
  const scratch = mkdtempSync(join(tmpdir(), "flotilla-scratch-"));
  const outputs = new MapOutputs(scratch);
  for (const job of ["a", "b"]) outputs.directoryOf(job);
  mkdirSync(join(scratch, CODE_FOLDER));
  writeFileSync(join(scratch, CODE_FOLDER, "hash.js"), "");
  writeFileSync(outputs.pathOf({ job: "a", task: 0, attempt: 1 }), "");
  for (const job of ["a", "b"]) {
    mkdirSync(outputs.workOf({ job, phase: "reduce", task: 3, attempt: 2 }));
    writeFileSync(join(outputs.workOf({ job, phase: "reduce", task: 3, attempt: 2 }), "landing-0"), "much");
    writeFileSync(join(outputs.pathOfJob(job), "reduce-3-1.json"), "{}");
    writeFileSync(join(outputs.pathOfJob(job), "map-1-1.regions.77.tmp"), "");
  }
  outputs.removeLeftovers();
  expect(readdirSync(scratch).sort()).toEqual([CODE_FOLDER, "a"]);
  expect(readdirSync(join(scratch, "a"))).toEqual(["map-0-1.regions"]);
  expect(existsSync(join(scratch, CODE_FOLDER, "hash.js"))).toBe(true);
  rmSync(scratch, { recursive: true });
});

test("no job's folder is that of the code", () => {
  const outputs = new MapOutputs("/scratch");
  expect(() => outputs.removeJob(CODE_FOLDER)).toThrow("no id of a job");
});

test("of an attempt that was killed nothing stays, of others everything", () => {
  const scratch = mkdtempSync(join(tmpdir(), "flotilla-scratch-"));
  const outputs = new MapOutputs(scratch);
  const folder = outputs.directoryOf("a.000000000001");
  for (const name of ["map-1-1.regions.77.tmp", "map-1-11.regions.77.tmp", "map-11-1.regions.77.tmp", "map-1-1.regions"])
    writeFileSync(join(folder, name), "");
  outputs.removeUnfinished({ job: "a.000000000001", task: 1, attempt: 1 });
  expect(readdirSync(folder).sort()).toEqual(["map-1-1.regions", "map-1-11.regions.77.tmp", "map-11-1.regions.77.tmp"]);
  rmSync(scratch, { recursive: true });
});
