// All tasks of one phase of a job: which of them wait, how many are done, and which pages have to be written.
import { assert } from "../base/assert.ts";
import type { Phase } from "../mapreduce/assignment.ts";
import type { Completion, Task } from "../mapreduce/task.ts";
import { beginAttempt, completeTask, endAttempt, loseOutput, moveOutput, newTask } from "../mapreduce/task.ts";
import { decodePage, encodePage, pageOf, pagesFor, TASKS_PER_PAGE } from "../mapreduce/task-pages.ts";

export class TaskTable {
  readonly phase: Phase;
  readonly #tasks: Task[];
  /** In the order in which they are given out. */
  readonly waiting = new Set<number>();
  /** Those of them that ran before: whoever waits for the rest waits for these first. */
  readonly again = new Set<number>();
  readonly running = new Set<number>();
  readonly #dirty = new Set<number>();
  #done = 0;

  private constructor(phase: Phase, tasks: Task[]) {
    this.phase = phase;
    this.#tasks = tasks;
    for (const [number, { status, attempts }] of tasks.entries()) {
      if (status === "waiting") this.waiting.add(number);
      if (status === "waiting" && attempts > 0) this.again.add(number);
      if (status === "running") this.running.add(number);
      if (status === "done") this.#done++;
    }
  }

  static blank(phase: Phase, count: number): TaskTable {
    return new TaskTable(phase, Array.from({ length: count }, newTask));
  }

  static restored(phase: Phase, count: number, pages: readonly (string | null)[]): TaskTable {
    assert(pages.length === pagesFor(count), `${pages.length} pages for ${count} tasks`);
    const tasks = pages.flatMap((page, i) => decodePage(page, Math.min(TASKS_PER_PAGE, count - i * TASKS_PER_PAGE)));
    return new TaskTable(phase, tasks);
  }

  get count(): number {
    return this.#tasks.length;
  }

  get done(): number {
    return this.#done;
  }

  get isDone(): boolean {
    return this.#done === this.#tasks.length;
  }

  has(task: number): boolean {
    return task >= 0 && task < this.#tasks.length;
  }

  /** What is changed by others than the methods here must be `touch`ed. */
  at(task: number): Task {
    const found = this.#tasks[task];
    assert(found !== undefined, `there is no task ${this.phase}-${task}`);
    return found;
  }

  entries(): IterableIterator<[number, Task]> {
    return this.#tasks.entries();
  }

  touch(task: number): void {
    this.#dirty.add(pageOf(task));
  }

  begin(task: number, worker: number): number {
    const attempt = beginAttempt(this.at(task), worker);
    this.#follow(task);
    return attempt;
  }

  end(task: number, attempt: number): void {
    endAttempt(this.at(task), attempt);
    this.#follow(task);
  }

  complete(task: number, completion: Completion): void {
    completeTask(this.at(task), completion);
    this.#done++;
    this.#follow(task);
  }

  /** What counts is the same, and is to be had elsewhere. */
  moveOutput(task: number, worker: number): void {
    moveOutput(this.at(task), worker);
    this.touch(task);
  }

  lose(task: number): void {
    loseOutput(this.at(task));
    this.#done--;
    this.#follow(task);
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  get dirtyPages(): number {
    return this.#dirty.size;
  }

  /** The pages that changed since the last time. */
  takeDirty(): readonly (readonly [page: number, text: string])[] {
    const pages = [...this.#dirty].map((page) => {
      const begin = page * TASKS_PER_PAGE;
      return [page, encodePage(this.#tasks.slice(begin, begin + TASKS_PER_PAGE))] as const;
    });
    this.#dirty.clear();
    return pages;
  }

  #follow(task: number): void {
    const { status } = this.at(task);
    this.waiting.delete(task);
    this.again.delete(task);
    this.running.delete(task);
    if (status === "waiting") this.waiting.add(task);
    if (status === "waiting") this.again.add(task);
    if (status === "running") this.running.add(task);
    this.touch(task);
  }
}
