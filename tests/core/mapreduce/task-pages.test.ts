import { decodePage, encodePage, pageOf, pagesFor, TASKS_PER_PAGE } from "../../../core/mapreduce/task-pages.ts";
import { beginAttempt, completeTask, newTask } from "../../../core/mapreduce/task.ts";

test("tasks come back as they were", () => {
  const [untouched, running, done, mapped] = [newTask(), newTask(), newTask(), newTask()];
  beginAttempt(running, 3);
  running.failures = 2;
  running.losses = 1;
  running.suspects = new Map([[7, 1]]);
  running.skips = new Map([[9, "threw: no"]]);
  beginAttempt(done, 0);
  const file = { name: "part-0", temporary: "t", bytes: 1, checksum: "c" };
  completeTask(done, { attempt: 1, worker: 4, records: 99, regions: 0, files: [file] });
  done.isCounted = true;
  beginAttempt(mapped, 0);
  completeTask(mapped, { attempt: 1, worker: 4, records: 99, regions: 2_147_483_647, files: [] });
  const tasks = [untouched, running, done, mapped];
  expect(decodePage(encodePage(tasks), 4)).toEqual(tasks);
});

test("pages of earlier versions are read, and what they know stands in ours where they look for it", () => {
  const [task] = decodePage("[[2,1,0,0,[1,4],99,1,[],[],[],[]]]", 1);
  expect(task).toMatchObject({ status: "done", winner: { attempt: 1, worker: 4 }, records: 99, regions: 0, isCounted: true });
  const mapped = { ...newTask(), ...task, regions: 7 };
  expect(JSON.parse(encodePage([mapped]))).toEqual([[2, 1, 0, 0, [1, 4], 99, 1, [], [], [], [], 7]]);
});

test("a page that was never written, and the rest of a short one, are all waiting", () => {
  expect(decodePage(null, 2)).toEqual([newTask(), newTask()]);
  expect(decodePage("[0]", 2)).toEqual([newTask(), newTask()]);
  expect(() => decodePage("[0,0,0]", 2)).toThrow();
});

test("a page of tasks that wait or are done takes little", () => {
  const tasks = Array.from({ length: TASKS_PER_PAGE }, () => {
    const task = newTask();
    beginAttempt(task, 12);
    completeTask(task, { attempt: 1, worker: 12, records: 1_234_567, regions: 2_147_483_647, files: [] });
    return task;
  });
  expect(encodePage(tasks).length).toBeLessThan(60 * TASKS_PER_PAGE);
});

test.each([
  [0, 0, 0],
  [1, 0, 1],
  [TASKS_PER_PAGE, 0, 1],
  [TASKS_PER_PAGE + 1, 1, 2],
])("%i tasks: the last on page %i, %i pages", (tasks, last, pages) => {
  expect(pageOf(Math.max(0, tasks - 1))).toBe(last);
  expect(pagesFor(tasks)).toBe(pages);
});
