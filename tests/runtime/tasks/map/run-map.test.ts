// What a map attempt says and leaves where its input or its disk is not what it should be.
import { mkdirSync, readdirSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { InputSplit } from "../../../../core/mapreduce/assignment.ts";
import type { AttemptReport } from "../../../../core/mapreduce/report.ts";
import { MapOutputs } from "../../../../runtime/tasks/map/map-outputs.ts";
import { attempt, TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

const JOB = "job-1";
const LINES = 20_000;

/** With so little memory that it writes several runs. */
function mapped(split: InputSplit, number: number): Promise<AttemptReport> {
  const description = folder.description({ reduces: 1, program: { kind: "app", name: "sort" }, options: { memoryBytes: 1 << 18 } });
  return attempt(
    { job: description.id, phase: "map", task: 0, attempt: number, description, split, skip: [], boundaries: null },
    folder.environment(),
  );
}

test("a disk that is full in the middle of a spill is one failed attempt of which nothing stays, and the next one is whole", async () => {
  const split = folder.splitOf("text", Array.from({ length: LINES }, (_, i) => `a line of the number ${String(i)}\n`).join(""));
  const work = new MapOutputs(folder.scratch).workOf({ job: JOB, phase: "map", task: 0, attempt: 1 });
  mkdirSync(work, { recursive: true });
  // Its second run lies on a device that is always full.
  symlinkSync("/dev/full", join(work, `run-1.${String(process.pid)}.tmp`));
  const full = await mapped(split, 1);
  expect(full.result).toMatchObject({ kind: "failed", failure: { reason: "diskFull" } });
  expect(full.result).toMatchObject({ failure: { message: expect.stringContaining("the disk is full: could not write") as string } });
  expect(readdirSync(join(folder.scratch, JOB))).toEqual([]);
  expect((await mapped(split, 2)).result).toMatchObject({ kind: "mapped", regionRecords: [LINES] });
  expect(readdirSync(join(folder.scratch, JOB))).toEqual(["map-0-2.regions"]);
});

test("a line of 2 GB is refused with its file and its byte, and nothing of it stays", async () => {
  const split = folder.splitOf("text", "short\n");
  const bytes = 2 ** 31;
  // It takes no room on the disk: it is all zeros.
  truncateSync(join(folder.path, "in", "text"), bytes);
  const { result, work } = await mapped({ ...split, length: bytes, fileLength: bytes }, 1);
  expect(result).toMatchObject({
    kind: "failed",
    failure: { reason: "badInput", file: expect.stringMatching(/\/in\/text$/) as string, offset: "short\n".length },
  });
  expect(work.bytesRead).toBeLessThan(1 << 20);
  expect(readdirSync(join(folder.scratch, JOB))).toEqual([]);
});
