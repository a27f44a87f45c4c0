// `kv:` inputs: every key that begins with a prefix is a record. The keys are cut into ranges that together are all keys of the prefix, and
// each map reads one, page by page. What a job sees while others write: each page is what the store has when it is asked for, so a key that
// is there all the time is seen once, with a value that it had between the beginning of the job and the end of its map; of keys that come
// or go meanwhile it may see any. A map that runs again reads again. The output of another job never changes, and is not seen before it is
// whole.
import type { InputSplit } from "../../../core/mapreduce/assignment.ts";
import { idOf } from "../../../core/mapreduce/job-keys.ts";
import type { InputFile } from "../../../core/mapreduce/report.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { InputKind, Listing } from "../inputs.ts";
import type { KeyValues } from "./key-values.ts";
import { prefixOf, rangeOf, rangeUrl } from "./kv-url.ts";
import type { Pair } from "../../tasks/records/pair-frames.ts";
import { decodePointer } from "./pointer.ts";
import { pairsIn } from "./output-keys.ts";

export class KvInputs implements InputKind {
  readonly #kv: KeyValues;

  constructor(kv: KeyValues) {
    this.#kv = kv;
  }

  async list(url: string, { splitBytes }: Listing): Promise<readonly InputFile[]> {
    const base = await this.#baseOf(prefixOf(url), url);
    const ranges: InputFile[] = [];
    let [after, last, length]: [Uint8Array | null, Uint8Array | null, number] = [null, null, 0];
    const cut = (upTo: Uint8Array | null): void => {
      ranges.push({ url: rangeUrl(url, { base, after, upTo }), length, compression: "none", etag: null, splittable: false, nodes: [] });
      [after, length] = [upTo, 0];
    };
    for await (const entries of this.#kv.all(base)) {
      for (const { key, value } of entries) {
        // Cut before a key rather than behind one: the last range is never empty.
        if (length >= splitBytes && last !== null) cut(last);
        [last, length] = [key, length + key.length + value.length];
      }
    }
    if (last === null) throw new TaskProblem("missingInput", `${url}: there is no key that begins with ${JSON.stringify(prefixOf(url))}`);
    cut(null);
    return ranges;
  }

  read({ url }: InputSplit): AsyncIterable<Buffer> {
    throw new TaskProblem("internal", `${url} is read pair by pair`);
  }

  async *pairs({ url }: InputSplit): AsyncGenerator<readonly Pair[]> {
    const { prefix, base, after, upTo } = rangeOf(url);
    const cutOff = Buffer.byteLength(base);
    const shown = Buffer.from(prefix);
    for await (const entries of this.#kv.all(base, after)) {
      const inside = upTo === null ? entries : entries.filter(({ key }) => Buffer.compare(key, upTo) <= 0);
      yield inside.map(({ key, value }) => ({ key: Buffer.concat([shown, key.subarray(cutOff)]), value: Buffer.from(value) }));
      if (inside.length < entries.length) return;
    }
  }

  /** Where the keys lie: under the prefix itself, or, where a job has written there, where its pairs are. */
  async #baseOf(prefix: string, url: string): Promise<string> {
    const value = await this.#kv.get(prefix);
    const pointer = value === null ? null : decodePointer(value);
    if (pointer === null) return prefix;
    if (pointer.state === "complete") return pairsIn(pointer.at);
    throw new TaskProblem("missingInput", `${url} is still being written by job ${idOf(pointer.job)}`);
  }
}
