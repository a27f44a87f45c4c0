// Maps of a job as they lie in the store, read and written behind the backs of coordinators, which do not run meanwhile: a job of very many
// tasks that is half done would otherwise take very long to make.
import type { Task } from "../../../core/mapreduce/task.ts";
import { pageKey } from "../../../core/mapreduce/job-keys.ts";
import { decodePage, encodePage, TASKS_PER_PAGE } from "../../../core/mapreduce/task-pages.ts";
import { check } from "../test-case.ts";

const AT_ONCE = 50;

export type Pages = { readonly from: number; readonly to: number };

/** `store`: where a replica answers. */
export class StoredMaps {
  readonly #store: string;
  readonly #job: string;

  constructor(store: string, job: string) {
    this.#store = store;
    this.#job = job;
  }

  /** Some map of the first page. */
  async done(): Promise<Task> {
    const response = await fetch(`${this.#store}/v1/kv/${encodeURIComponent(pageKey(this.#job, "map", 0))}`);
    const { value = "[]" } = (await response.json()) as { readonly value?: string };
    const task = decodePage(value, TASKS_PER_PAGE).find(({ status }) => status === "done");
    check(task !== undefined, `a map of the first page is done: ${value}`);
    return task;
  }

  /** All maps of these pages become like this one. Returns how many they are. */
  async fill(task: Task, { from, to }: Pages): Promise<number> {
    const value = encodePage(new Array<Task>(TASKS_PER_PAGE).fill(task));
    for (let first = from; first < to; first += AT_ONCE) {
      const pages = Array.from({ length: Math.min(AT_ONCE, to - first) }, (_, i) => first + i);
      await this.#put(pages.map((page) => ({ op: "put", key: pageKey(this.#job, "map", page), value })));
    }
    return (to - from) * TASKS_PER_PAGE;
  }

  async #put(operations: readonly object[]): Promise<void> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${this.#store}/v1/batch`, { method: "POST", headers, body: JSON.stringify({ operations }) });
    const { results = [] } = (await response.json()) as { readonly results?: readonly object[] };
    const areDone = results.length === operations.length && results.every((result) => !("error" in result));
    check(areDone, `${operations.length} pages are written, with status ${response.status}`);
  }
}
