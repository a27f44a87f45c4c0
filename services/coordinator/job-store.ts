// The jobs' place in the store, through the client library: changes are transactions that compare the fence, sent exactly once,
// again and again until there is an answer or no time.
import type { StoreEffect, Writes } from "../../core/coordinator/effects.ts";
import type { StoreAnswer } from "../../core/coordinator/events.ts";
import { decodeLine, isLineOf, liveLine } from "../../core/coordinator/index-line.ts";
import { descriptionKey, fenceKey, INDEX_PREFIX, indexKey, recordKey } from "../../core/mapreduce/job-keys.ts";
import { decodeRecord } from "../../core/mapreduce/job-record.ts";
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

  /** False where it was changed meanwhile, too: it is looked at again. */
  async #writeIndex({ job, run, value }: Extract<StoreEffect, { readonly kind: "writeIndex" }>): Promise<StoreAnswer> {
    const written = (isDone: boolean): StoreAnswer => ({ kind: "indexWritten", job, isDone });
    const known = await this.#kv.get(indexKey(job), { deadlineMs: READ_MS });
    if (known.kind !== "done") return written(false);
    const line = known.value === null ? null : decodeLine(known.value.text);
    // It says so already, or speaks of a later job of this id.
    if (line !== null && (line.ended || !isLineOf(line, job, run))) return written(true);
    if (line === null) {
      const runOfRecord = await this.#runOf(job);
      if (runOfRecord === undefined || runOfRecord !== run) return written(runOfRecord !== undefined);
    }
    const condition = known.value === null ? { ifVersion: 0 } : { ifRevision: known.value.revision };
    const put = await this.#kv.put(indexKey(job), value, { ...condition, deadlineMs: WRITE_MS });
    return written(put.kind === "done");
  }

  /** The job, if there is none of that id; and its line in the index: whoever was interrupted in between sends it again. */
  async #create({ job, writes }: Extract<StoreEffect, { readonly kind: "create" }>): Promise<StoreAnswer> {
    const key = descriptionKey(job);
    const nothing: StoreAnswer = { kind: "created", job, made: null };
    const created = await this.#kv.txn(
      { compare: [{ key, version: 0 }], then: puts(writes), else: [op.get(key)] },
      { deadlineMs: WRITE_MS },
    );
    if (created.kind !== "done") return this.#nothing("create", created, nothing);
    const existing = await this.#kv.get(key, { deadlineMs: READ_MS });
    const run = await this.#runOf(job);
    if (existing.kind !== "done" || existing.value === null || run === undefined || run === null) return nothing;
    if (!(await this.#isListed(job, run))) return nothing;
    return { kind: "created", job, made: { description: existing.value.text, run } };
  }

  /** There may be the line of an earlier job of this id, of which nothing else is left: whoever removed it got no further. */
  async #isListed(job: string, run: string): Promise<boolean> {
    const known = await this.#kv.get(indexKey(job), { deadlineMs: READ_MS });
    if (known.kind !== "done") return false;
    if (known.value !== null && isLineOf(decodeLine(known.value.text), job, run)) return true;
    const condition = known.value === null ? { ifVersion: 0 } : { ifRevision: known.value.revision };
    return (await this.#kv.put(indexKey(job), liveLine(run), { ...condition, deadlineMs: WRITE_MS })).kind === "done";
  }

  /** Of the job that there is. Null: there is none. Undefined: nobody knows. */
  async #runOf(job: string): Promise<string | null | undefined> {
    const record = await this.#kv.get(recordKey(job), { deadlineMs: READ_MS });
    if (record.kind !== "done") return undefined;
    return record.value === null ? null : (decodeRecord(record.value.text).run ?? job);
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
