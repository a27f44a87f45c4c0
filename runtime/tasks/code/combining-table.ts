// Values of job code that wait to be combined, by key. A key that has collected many is combined at once, so a frequent word costs as
// little memory as a rare one.
import type { Emit, JobFunctions, TaskContext } from "../../../core/mapreduce/job-functions.ts";
import type { LateEmits } from "./late-emits.ts";
import { copyOf, weightOf } from "./value-codec.ts";

export type Functions = JobFunctions<unknown, unknown>;
type Combine = NonNullable<Functions["combine"]>;

const VALUES_MAX = 128;
/** What a key costs beside its text and its values. */
const KEY_WEIGHT = 120;

export type CombiningOptions = {
  readonly combine: Combine;
  readonly context: TaskContext;
  readonly lateEmits: LateEmits;
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
      this.#values.set(own(key), [kept(value)]);
      this.#weight += KEY_WEIGHT + key.length;
    } else {
      values.push(kept(value));
      if (values.length >= VALUES_MAX) this.#shrink(key, values);
    }
    if (this.#weight > this.#options.bytesMax) this.drain();
  }

  /** `onKey`: before each key. */
  drain(onKey: () => void = () => undefined): void {
    const all = [...this.#values];
    this.#values.clear();
    this.#weight = 0;
    for (const [key, values] of all) {
      onKey();
      this.#combined(key, values, this.#options.give);
    }
  }

  #shrink(key: string, values: unknown[]): void {
    const left: unknown[] = [];
    // Before the code has them, which may add to one of them.
    for (const value of values) this.#weight -= weightOf(value);
    this.#combined(key, values, (emitted, value) => {
      if (emitted === key) left.push(kept(value));
      else this.#options.give(emitted, value);
    });
    for (const value of left) this.#weight += weightOf(value);
    // Without a value left there is nothing to combine, and what does not shrink would be combined over and over.
    if (left.length > 0 && left.length < VALUES_MAX / 2) this.#values.set(key, left);
    else {
      this.#values.delete(key);
      for (const value of left) this.#options.give(key, value);
    }
  }

  #combined(key: string, values: readonly unknown[], give: (key: string, value: unknown) => void): void {
    const { combine, context, lateEmits } = this.#options;
    if (values.length === 1) {
      give(key, values[0]);
      return;
    }
    let isOver = false;
    const emit: Emit = (emitted, value) => (isOver ? lateEmits.refuse("combine") : give(String(emitted), value));
    combine(key, values, emit, context);
    isOver = true;
  }
}

/** As it is now: the code may fill the same object or the same bytes again for its next pair. */
function kept(value: unknown): unknown {
  return typeof value === "string" ? own(value) : copyOf(value);
}

/** Shorter ones are always copies. */
const SLICE_LENGTH_MIN = 13;

/** A piece of a text keeps all of that text in memory, a megabyte for one word, unless it is copied. */
function own(text: string): string {
  return text.length < SLICE_LENGTH_MIN ? text : Buffer.from(text, "utf16le").toString("utf16le");
}
