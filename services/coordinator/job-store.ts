// The jobs' place in the store, through the client library: changes are transactions that compare the fence, sent exactly once,
// again and again until there is an answer or no time.
import type { StoreEffect, Writes } from "../../core/coordinator/effects.ts";
import type { StoreAnswer } from "../../core/coordinator/events.ts";
import { descriptionKey, fenceKey, INDEX_PREFIX, indexKey } from "../../core/mapreduce/job-keys.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import type { KvClient } from "../../client/kv-client.ts";
import { op } from "../../client/operations.ts";
import type { JobStore } from "../../runtime/jobs/coordinator-host.ts";
import type { Logger } from "../../runtime/logger.ts";
import { removeJob } from "./remove-job.ts";

const WRITE_MS = 15_000;
const READ_MS = 5_000;
/** Values that are asked for together; the answer has a limit. */
const READ_AT_ONCE = 64;
const READS_SIDE_BY_SIDE = 4;
const PAGE = 500;

export class KvJobStore implements JobStore {
  readonly #kv: KvClient;
  readonly #logger: Logger;

  constructor(kv: KvClient, logger: Logger) {
    this.#kv = kv;
    this.#logger = logger;
  }

  perform(effect: StoreEffect): Promise<StoreAnswer> {
    switch (effect.kind) {
      case "readIndex":
        return this.#readIndex();
      case "writeIndex":
        return this.#writeIndex(effect);
      case "create":
        return this.#create(effect);
      case "raiseFence":
        return this.#raiseFence(effect.job);
      case "remove":
        return removeJob(this.#kv, effect).then((isDone) => ({ kind: "removed", job: effect.job, isDone }));
      case "load":
        return this.#load(effect);
      case "commit":
        return this.#commit(effect);
    }
  }

  async #readIndex(): Promise<StoreAnswer> {
    const entries: (readonly [string, string])[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<KvClient["scanPage"]>> = await this.#kv.scanPage(INDEX_PREFIX, {
        after,
        limit: PAGE,
        deadlineMs: READ_MS,
      });
      if (page.kind !== "done") return this.#nothing("readIndex", page, { kind: "indexRead", entries: null });
      for (const { keyText, text } of page.value.entries) entries.push([keyText.slice(INDEX_PREFIX.length), text]);
      after = page.value.next;
    } while (after !== null);
    return { kind: "indexRead", entries };
  }

  async #writeIndex({ job, value }: Extract<StoreEffect, { readonly kind: "writeIndex" }>): Promise<StoreAnswer> {
    const put = await this.#kv.put(indexKey(job), value, { deadlineMs: WRITE_MS });
    return { kind: "indexWritten", job, isDone: put.kind === "done" };
  }

  /** The job, if there is none of that id; and a line in the index, if there is none: whoever was interrupted in between sends it again. */
  async #create({ job, writes, index }: Extract<StoreEffect, { readonly kind: "create" }>): Promise<StoreAnswer> {
    const key = descriptionKey(job);
    const nothing: StoreAnswer = { kind: "created", job, description: null };
    const created = await this.#kv.txn(
      { compare: [{ key, version: 0 }], then: puts(writes), else: [op.get(key)] },
      { deadlineMs: WRITE_MS },
    );
    if (created.kind !== "done") return this.#nothing("create", created, nothing);
    const existing = await this.#kv.get(key, { deadlineMs: READ_MS });
    if (existing.kind !== "done" || existing.value === null) return nothing;
    const listed = await this.#kv.put(indexKey(job), index, { ifVersion: 0, deadlineMs: WRITE_MS });
    const isListed = listed.kind === "done" || (listed.kind === "refused" && listed.refusal.code === "versionMismatch");
    return isListed ? { kind: "created", job, description: existing.value.text } : nothing;
  }

  async #raiseFence(job: string): Promise<StoreAnswer> {
    const raised = await this.#kv.increment(fenceKey(job), 1n, { deadlineMs: WRITE_MS });
    return raised.kind === "done"
      ? { kind: "fenceRaised", job, fence: Number(raised.value.value) }
      : this.#nothing("raiseFence", raised, { kind: "fenceRaised", job, fence: null });
  }

  async #load({ job, load, keys }: Extract<StoreEffect, { readonly kind: "load" }>): Promise<StoreAnswer> {
    const values: (string | null)[] = new Array<string | null>(keys.length).fill(null);
    const starts = Array.from({ length: Math.ceil(keys.length / READ_AT_ONCE) }, (_, i) => i * READ_AT_ONCE);
    let isWhole = true;
    const takeOneByOne = async (): Promise<void> => {
      for (let start = starts.shift(); start !== undefined && isWhole; start = starts.shift())
        isWhole = (await this.#read(keys.slice(start, start + READ_AT_ONCE), { into: values, start })) && isWhole;
    };
    await Promise.all(Array.from({ length: READS_SIDE_BY_SIDE }, takeOneByOne));
    return { kind: "loaded", job, load, values: isWhole ? values : null };
  }

  async #read(keys: readonly string[], { into, start }: { readonly into: (string | null)[]; readonly start: number }): Promise<boolean> {
    const outcomes = await this.#kv.batch(
      keys.map((key) => op.get(key)),
      { deadlineMs: READ_MS },
    );
    for (const [i, outcome] of outcomes.entries()) {
      // What did not fit into the answer with the others is asked for alone.
      const value = outcome.kind === "refused" && outcome.refusal.code === "tooLarge" ? await this.#kv.get(keys[i] ?? "") : outcome;
      if (value.kind !== "done") return false;
      into[start + i] = value.value?.text ?? null;
    }
    return true;
  }

  async #commit({ job, fence, writes }: Extract<StoreEffect, { readonly kind: "commit" }>): Promise<StoreAnswer> {
    const committed = await this.#kv.txn(
      { compare: [{ key: fenceKey(job), value: String(fence) }], then: puts(writes) },
      { deadlineMs: WRITE_MS },
    );
    if (committed.kind === "done") return { kind: "committed", job, outcome: committed.value.succeeded ? "done" : "fenced" };
    // More operations than a transaction may have are a bad request.
    const isTooLarge = committed.kind === "refused" && ["tooLarge", "badRequest"].includes(committed.refusal.code);
    return this.#nothing("commit", committed, { kind: "committed", job, outcome: isTooLarge ? "tooLarge" : "unknown" });
  }

  #nothing(what: string, outcome: Outcome<unknown>, answer: StoreAnswer): StoreAnswer {
    const why = outcome.kind === "refused" ? outcome.refusal.message : outcome.kind === "unknown" ? outcome.after : "";
    this.#logger.warn({ event: "storeNotReached", what }, `the store did not do ${what}: ${why}`);
    return answer;
  }
}

const puts = (writes: Writes) => writes.map(([key, value]) => op.put(key, value));
