// Values of job code that wait to be combined, by key. A key that has collected many is combined at once, so a frequent word costs as
// little memory as a rare one.
import type { JobFunctions, TaskContext } from "../../../core/mapreduce/job-functions.ts";
import { weightOf } from "./value-codec.ts";

export type Functions = JobFunctions<unknown, unknown>;
type Combine = NonNullable<Functions["combine"]>;

const VALUES_MAX = 128;
/** What a key costs beside its text and its values. */
const KEY_WEIGHT = 120;

export type CombiningOptions = {
  readonly combine: Combine;
  readonly context: TaskContext;
  /** Takes what is combined, and what `combine` emits under another key than it was called for. */
  readonly give: (key: string, value: unknown) => void;
  readonly bytesMax: number;
};

export class CombiningTable {
  readonly #options: CombiningOptions;
  readonly #values = new Map<string, unknown[]>();
  #weight = 0;

  constructor(options: CombiningOptions) {
    this.#options = options;
  }

  add(key: string, value: unknown): void {
    const values = this.#values.get(key);
    this.#weight += typeof value === "number" ? 8 : weightOf(value);
    if (values === undefined) {
      this.#values.set(own(key), [typeof value === "string" ? own(value) : value]);
      this.#weight += KEY_WEIGHT + key.length;
    } else {
      values.push(typeof value === "string" ? own(value) : value);
      if (values.length >= VALUES_MAX) this.#shrink(key, values);
    }
    if (this.#weight > this.#options.bytesMax) this.drain();
  }

  drain(): void {
    const all = [...this.#values];
    this.#values.clear();
    this.#weight = 0;
    for (const [key, values] of all) this.#combined(key, values, this.#options.give);
  }

  #shrink(key: string, values: unknown[]): void {
    const kept: unknown[] = [];
    this.#combined(key, values, (emitted, value) => {
      if (emitted === key) kept.push(value);
      else this.#options.give(emitted, value);
    });
    for (const value of values) this.#weight -= weightOf(value);
    for (const value of kept) this.#weight += weightOf(value);
    // What does not shrink would be combined over and over.
    if (kept.length < VALUES_MAX / 2) this.#values.set(key, kept);
    else {
      this.#values.delete(key);
      for (const value of kept) this.#options.give(key, value);
    }
  }

  #combined(key: string, values: readonly unknown[], give: (key: string, value: unknown) => void): void {
    const { combine, context } = this.#options;
    if (values.length === 1) give(key, values[0]);
    else combine(key, values, (emitted, value) => give(String(emitted), value), context);
  }
}

/** Shorter ones are always copies. */
const SLICE_LENGTH_MIN = 13;

/** A piece of a text keeps all of that text in memory, a megabyte for one word, unless it is copied. */
function own(text: string): string {
  return text.length < SLICE_LENGTH_MIN ? text : Buffer.from(text, "utf16le").toString("utf16le");
}
