import { setTimeout as pause } from "node:timers/promises";
import type { Progress } from "../../../../core/mapreduce/report.ts";
import type { OutputKind } from "../../../../runtime/files/outputs.ts";
import { Outputs } from "../../../../runtime/files/outputs.ts";
import { runTask } from "../../../../runtime/tasks/run-task.ts";
import { TaskRun } from "../../../../runtime/tasks/task-run.ts";
import { TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

test("sending a part is progress: an attempt that sends for long does not look as if it hung", async () => {
  const file = { name: "part-00000", temporary: "t", bytes: 30, checksum: "0" };
  const kind = {
    begin: () =>
      Promise.resolve({
        write: () => undefined,
        abort: () => undefined,
        finish: async (onSent: (bytes: number) => Promise<void>) => {
          for (let piece = 0; piece < 3; piece++) {
            await pause(300);
            await onSent(10);
          }
          return file;
        },
      }),
  } as unknown as OutputKind;
  const told: Progress[] = [];
  const assignment = {
    ...({ job: "job-1.000000000001", phase: "reduce", task: 0, attempt: 1, maps: 0, sources: [], skip: [] } as const),
    description: folder.description(),
  };
  const run = new TaskRun(assignment, { onProgress: (progress) => void told.push(progress), onFetchTrouble: () => undefined });
  const report = await runTask(run, folder.environment({ outputs: new Outputs({ file: kind }) }));
  expect(report.result).toMatchObject({ kind: "reduced", files: [file] });
  expect(told.map(({ work }) => work.bytesWritten)).toEqual([10, 20, 30]);
  expect(report.work.bytesWritten).toBe(30);
});
