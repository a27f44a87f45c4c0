// Taking a job over, step by step: raise its fence, so that nobody else can change it any more; read it as a whole; go on from
// there. What runs somewhere according to the store goes on running: its worker will be heard of.
import { assert } from "../base/assert.ts";
import { PHASES } from "../mapreduce/assignment.ts";
import type { Phase } from "../mapreduce/assignment.ts";
import type { JobDescription } from "../mapreduce/job.ts";
import { descriptionKey, filesKey, pageKey, recordKey } from "../mapreduce/job-keys.ts";
import type { JobRecord } from "../mapreduce/job-record.ts";
import { decodeRecord } from "../mapreduce/job-record.ts";
import { pagesFor } from "../mapreduce/task-pages.ts";
import type { InputFile } from "../mapreduce/report.ts";
import type { StoreEffect } from "./effects.ts";
import type { JobTables } from "./job.ts";
import { Job } from "./job.ts";
import { TaskTable } from "./task-table.ts";

type Values = readonly (string | null)[];
type Head = { readonly description: JobDescription; readonly record: JobRecord };

export type Opened =
  { readonly kind: "effect"; readonly effect: StoreEffect } | { readonly kind: "job"; readonly job: Job } | { readonly kind: "gone" };

/** Loads of openings have this number: there is one at a time for a job. */
export const OPENING_LOAD = 0;

export class Opening {
  readonly job: string;
  readonly beganMs: number;
  #fence: number | null = null;
  #head: Head | null = null;

  constructor(job: string, nowMs: number) {
    this.job = job;
    this.beganMs = nowMs;
  }

  begin(): StoreEffect {
    return { kind: "raiseFence", job: this.job };
  }

  fenceRaised(fence: number): StoreEffect {
    this.#fence = fence;
    this.#head = null;
    return this.#load([descriptionKey(this.job), recordKey(this.job)]);
  }

  loaded(values: Values): Opened {
    if (this.#head !== null) return { kind: "job", job: this.#build(this.#head, values) };
    const [description, record] = values;
    // There is a line in the index and no job: whoever made it got no further, and was never told that it is there.
    if (description === null || description === undefined || record === null || record === undefined) return { kind: "gone" };
    this.#head = { description: JSON.parse(description) as JobDescription, record: decodeRecord(record) };
    return { kind: "effect", effect: this.#load(this.#keys(this.#head)) };
  }

  #load(keys: readonly string[]): StoreEffect {
    return { kind: "load", job: this.job, load: OPENING_LOAD, keys };
  }

  #keys(head: Head): readonly string[] {
    const files = Array.from({ length: head.record.filePages }, (_, page) => filesKey(this.job, page));
    const pages = PHASES.flatMap((phase) =>
      Array.from({ length: pagesFor(countOf(head, phase)) }, (_, page) => pageKey(this.job, phase, page)),
    );
    return [...files, ...pages];
  }

  #build(head: Head, values: Values): Job {
    assert(this.#fence !== null, "a job is read before its fence is raised");
    const { filePages } = head.record;
    const files = values.slice(0, filePages).flatMap((page) => {
      assert(typeof page === "string", `a page of the inputs of job ${this.job} is missing`);
      return JSON.parse(page) as readonly InputFile[];
    });
    let at = filePages;
    const table = (phase: Phase): TaskTable => {
      const pages = pagesFor(countOf(head, phase));
      at += pages;
      return TaskTable.restored(phase, countOf(head, phase), values.slice(at - pages, at));
    };
    // In the order in which they were asked for.
    const tables = Object.fromEntries(PHASES.map((phase) => [phase, table(phase)])) as JobTables;
    return new Job({ ...head, fence: this.#fence, files, tables });
  }
}

function countOf({ description, record }: Head, phase: Phase): number {
  if (phase === "list" || phase === "finish") return 1;
  if (record.maps === null) return 0;
  return phase === "map" ? record.maps : description.reduces;
}
