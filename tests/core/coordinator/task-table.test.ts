import { TaskTable } from "../../../core/coordinator/task-table.ts";
import { TASKS_PER_PAGE } from "../../../core/mapreduce/task-pages.ts";

const completion = { attempt: 1, worker: 0, records: 1, regions: 0, files: [] };

test("it knows who waits, who runs and how many are done", () => {
  const table = TaskTable.blank("map", 3);
  table.begin(0, 0);
  table.begin(2, 0);
  table.complete(2, completion);
  expect([[...table.waiting], [...table.running], table.done, table.isDone]).toEqual([[1], [0], 1, false]);
  table.lose(2);
  table.end(0, 1);
  expect([[...table.waiting], [...table.running], table.done]).toEqual([[1, 2, 0], [], 0]);
});

test("only pages that changed are written, and what was written comes back", () => {
  const table = TaskTable.blank("map", 2 * TASKS_PER_PAGE + 1);
  expect(table.isDirty).toBe(false);
  table.begin(TASKS_PER_PAGE, 4);
  const pages = table.takeDirty();
  expect(pages.map(([page]) => page)).toEqual([1]);
  expect(table.isDirty).toBe(false);
  const restored = TaskTable.restored("map", 2 * TASKS_PER_PAGE + 1, [null, pages[0]?.[1] ?? null, null]);
  expect([...restored.running]).toEqual([TASKS_PER_PAGE]);
  expect(restored.waiting.size).toBe(2 * TASKS_PER_PAGE);
});

test("a table of nothing is done", () => {
  expect(TaskTable.blank("map", 0).isDone).toBe(true);
  expect(() => TaskTable.blank("map", 0).at(0)).toThrow("there is no task");
});
