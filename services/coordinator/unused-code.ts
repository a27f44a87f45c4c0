// Bundles of job code go when no job needs them any more: neither one that goes on nor one that has ended and is kept. Whoever submits a job
// writes its code first, then the job, and the code again. Here the bundles are read first, then the jobs, and a bundle is removed only if it
// is as it was read; and only if it was the same, and as unused, quite some time ago, for which a submission is under way at most.
import { decodeLine } from "../../core/coordinator/index-line.ts";
import { programName } from "../../core/coordinator/view.ts";
import { CODE_PREFIX, codeKey, descriptionKey, hashIn, INDEX_PREFIX } from "../../core/mapreduce/job-keys.ts";
import type { JobDescription } from "../../core/mapreduce/job.ts";
import type { KeyValues } from "../../runtime/files/store/key-values.ts";

type Seen = { readonly revision: number; readonly sinceMs: number };

const UNUSED_MS = 600_000;

export class UnusedCode {
  readonly #kv: KeyValues;
  #seen: ReadonlyMap<string, Seen> = new Map();

  constructor(kv: KeyValues) {
    this.#kv = kv;
  }

  /** To be called now and then. Returns how many were removed. */
  async remove(nowMs: number): Promise<number> {
    const bundles = await this.#bundles();
    const used = await this.#programsOfJobs();
    const seen = new Map<string, Seen>();
    let removed = 0;
    for (const [hash, revision] of bundles) {
      if (used.has(programName({ kind: "code", hash }))) continue;
      const before = this.#seen.get(hash);
      const sinceMs = before?.revision === revision ? before.sinceMs : nowMs;
      if (nowMs - sinceMs < UNUSED_MS) seen.set(hash, { revision, sinceMs });
      else if (await this.#kv.change({ compare: [{ key: codeKey(hash), revision }], remove: [codeKey(hash)] })) removed++;
    }
    this.#seen = seen;
    return removed;
  }

  async #bundles(): Promise<ReadonlyMap<string, number>> {
    const bundles = new Map<string, number>();
    for await (const entries of this.#kv.all(CODE_PREFIX)) {
      for (const { key, revision } of entries) {
        const hash = hashIn(Buffer.from(key).toString());
        if (hash !== null) bundles.set(hash, revision);
      }
    }
    return bundles;
  }

  /** As the list of jobs names them. */
  async #programsOfJobs(): Promise<ReadonlySet<string>> {
    const programs = new Set<string>();
    for await (const entries of this.#kv.all(INDEX_PREFIX)) {
      for (const { key, value } of entries) {
        const line = decodeLine(Buffer.from(value).toString());
        const description = line.ended ? null : await this.#kv.text(descriptionKey(Buffer.from(key).toString().slice(INDEX_PREFIX.length)));
        if (line.ended) programs.add(line.view.program);
        else if (description !== null) programs.add(programName((JSON.parse(description) as JobDescription).program));
      }
    }
    return programs;
  }
}
