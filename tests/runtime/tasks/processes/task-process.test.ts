import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TaskProcess } from "../../../../runtime/tasks/processes/task-process.ts";
import { TestFolder } from "../run-here.ts";

const PRINTS_AND_REPORTS = `
  const reportLater = () => {
    require("node:fs").writeSync(1, "printed");
    process.send({ kind: "report", report: {} });
  };
  process.on("message", ({ kind }) => {
    if (kind === "start") process.send({ kind: "progress", progress: {} }, () => setTimeout(reportLater, 50));
  });`;
const BUSY_MS = 500;

let folder: TestFolder;
beforeEach(() => (folder = new TestFolder()));
afterEach(() => folder.remove());

test("what was printed by the time of the report is read before it", async () => {
  const path = join(folder.path, "task.cjs");
  writeFileSync(path, PRINTS_AND_REPORTS);
  const process = new TaskProcess({ path, settings: {}, environment: {} }, () => undefined);
  const heard: string[] = [];
  await new Promise<void>((resolve) => {
    const onMessage = ({ kind }: { readonly kind: string }): void => {
      heard.push(kind);
      // Both have come when it is looked for them again, and where messages come from is looked at first: one has just come from there.
      if (kind === "progress") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
      else resolve();
    };
    const description = folder.description({ program: { kind: "app", name: "grep" } });
    const split = folder.splitOf("text", "a\n");
    const name = { job: description.id, phase: "map", task: 0, attempt: 1 } as const;
    process.start(
      { ...name, description, split, skip: [], boundaries: null },
      { onMessage, onLog: (text) => heard.push(text), onEnd: () => resolve() },
    );
  });
  process.kill();
  await process.gone;
  expect(heard).toEqual(["progress", "printed", "report"]);
});
