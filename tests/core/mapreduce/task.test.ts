import { beginAttempt, completeTask, endAttempt, loseOutput, newTask, TASK_TRANSITIONS } from "../../../core/mapreduce/task.ts";

const completion = (attempt: number) => ({ attempt, worker: 0, records: 5, regions: 0, files: [] });

test("numbers of attempts rise and are never used again", () => {
  const task = newTask();
  expect(beginAttempt(task, 0)).toBe(1);
  endAttempt(task, 1);
  expect(task.status).toBe("waiting");
  expect(beginAttempt(task, 1)).toBe(2);
  expect(beginAttempt(task, 2)).toBe(3);
  endAttempt(task, 2);
  expect(task).toMatchObject({ status: "running", running: [{ attempt: 3, worker: 2 }] });
});

test("an attempt that was given up may still be the one that counts", () => {
  const task = newTask();
  beginAttempt(task, 0);
  endAttempt(task, 1);
  completeTask(task, completion(1));
  expect(task).toMatchObject({ status: "done", winner: { attempt: 1, worker: 0 }, records: 5, running: [] });
});

test("a task that is done is done by one attempt, until its output is lost", () => {
  const task = newTask();
  beginAttempt(task, 0);
  beginAttempt(task, 1);
  completeTask(task, completion(2));
  expect(() => completeTask(task, completion(1))).toThrow();
  expect(() => beginAttempt(task, 0)).toThrow();
  loseOutput(task);
  expect(task).toMatchObject({ status: "waiting", winner: null, attempts: 2 });
});

test("an attempt that was never given out can't count", () => {
  expect(() => completeTask(newTask(), completion(1))).toThrow("never given out");
});

test("the table names every status that it leads to", () => {
  const names = Object.keys(TASK_TRANSITIONS);
  expect(
    Object.values(TASK_TRANSITIONS)
      .flat()
      .every((to) => names.includes(to)),
  ).toBe(true);
});
