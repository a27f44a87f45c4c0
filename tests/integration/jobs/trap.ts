// Points of a job at which a coordinator dies or stands still, exactly: in the write that reaches them. A trap goes to the
// program in its environment, and leaves a file behind that says what was done then.
import type { StoreEffect } from "../../../core/coordinator/effects.ts";
import { PHASES } from "../../../core/mapreduce/assignment.ts";
import type { Phase } from "../../../core/mapreduce/assignment.ts";
import { decodeRecord } from "../../../core/mapreduce/job-record.ts";
import type { Task } from "../../../core/mapreduce/task.ts";
import { decodePage, TASKS_PER_PAGE } from "../../../core/mapreduce/task-pages.ts";

export const POINTS = [
  "half of the maps",
  "before the first reduce",
  "between reduces",
  "a report under way",
  "before the result",
] as const;
export type Point = (typeof POINTS)[number];

export type Trap = {
  readonly job: string;
  readonly point: Point;
  readonly signal: "SIGKILL" | "SIGSTOP";
  /** Where it says that it has sprung. */
  readonly file: string;
};

/** Where a coordinator that was woken says what the store made of its write. */
export const wokenFile = (file: string): string => `${file}-woken`;

export const TRAP_VARIABLE = "COORDINATOR_TRAP";

/** A task that had been reported as done, the report that is under way included, and after how many attempts. */
export type DoneTask = { readonly phase: Phase; readonly task: number; readonly attempts: number };
export type Sprung = { readonly atMs: number; readonly done: readonly DoneTask[] };

/** What a coordinator has written of one job. */
export class WrittenJob {
  readonly #pages = new Map<string, readonly Task[]>();
  #status = "waiting";
  #maps = 0;

  take({ job, writes }: Extract<StoreEffect, { readonly kind: "commit" }>): void {
    for (const [key, value] of writes) {
      const name = key.slice(`{job:${job}}:`.length);
      const [phase = "", page] = name.split(":");
      if (name === "record") {
        const { status, maps } = decodeRecord(value);
        this.#status = status;
        this.#maps = maps ?? 0;
      } else if ((PHASES as readonly string[]).includes(phase) && page !== undefined)
        this.#pages.set(name, decodePage(value, TASKS_PER_PAGE));
    }
  }

  /** `reduces`: of the job. */
  isAt(point: Point, reduces: number): boolean {
    const [maps, reduced] = [this.#count("map"), this.#count("reduce")];
    switch (point) {
      case "half of the maps":
        return this.#maps > 0 && maps >= this.#maps / 2;
      case "before the first reduce":
        return this.#status === "reducing";
      case "between reduces":
        return reduced > 0 && reduced < reduces;
      case "a report under way":
        return maps > this.#maps / 4;
      case "before the result":
        return this.#status === "succeeded";
    }
  }

  get done(): readonly DoneTask[] {
    return [...this.#pages].flatMap(([name, tasks]) => {
      const [phase = "", page = ""] = name.split(":");
      return tasks.flatMap(({ status, attempts }, i) =>
        status === "done" ? [{ phase: phase as Phase, task: Number(page) * TASKS_PER_PAGE + i, attempts }] : [],
      );
    });
  }

  #count(phase: Phase): number {
    return this.done.filter((each) => each.phase === phase).length;
  }
}
