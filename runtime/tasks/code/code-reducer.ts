// Calls a job's `reduce` for each key. Its values are read while it asks for them.
import type { Emit, TaskContext } from "../../../core/mapreduce/job-functions.ts";
import type { Watch } from "../map/mapper.ts";
import { PairBytes } from "../records/pair-bytes.ts";
import type { Groups } from "../reduce/groups.ts";
import type { Give, Reducer } from "../reduce/reducer.ts";
import type { Functions } from "./combining-table.ts";
import { codeProblem } from "./code-problem.ts";
import type { LateEmits } from "./late-emits.ts";
import { putShown, valueOf } from "./value-codec.ts";

const KEY_SHOWN_MAX = 200;

export type CodeReducerOptions = {
  readonly functions: Functions;
  readonly context: TaskContext;
  readonly watch: Watch;
  readonly lateEmits: LateEmits;
  /** Keys are counted from 0; those of these numbers are left out. */
  readonly skip: ReadonlySet<number>;
};

export class CodeReducer implements Reducer {
  readonly #options: CodeReducerOptions;
  readonly #pair = new PairBytes();
  #keys = 0;
  #skipped = 0;

  constructor(options: CodeReducerOptions) {
    this.#options = options;
  }

  get skipped(): number {
    return this.#skipped;
  }

  reduce(groups: Groups, give: Give): void {
    const { functions, context, watch, lateEmits, skip } = this.#options;
    const number = this.#keys++;
    if (skip.has(number)) {
      this.#skipped++;
      return;
    }
    const key = groups.key.toString("utf8", 0, groups.key.length);
    let isOver = false;
    const emit: Emit = (emitted, value) => {
      if (isOver) lateEmits.refuse("reduce");
      give(putShown(this.#pair.keyText(String(emitted)), value));
    };
    const values = new Values(groups, () => watch.begin(number, 0));
    watch.begin(number, 0);
    try {
      const result = functions.reduce(key, values, emit, context) as unknown;
      if (result instanceof Promise) throw new TypeError("`reduce` returned a promise: it must have emitted everything when it returns");
    } catch (error) {
      throw codeProblem(error, { record: number, file: `key ${JSON.stringify(key.slice(0, KEY_SHOWN_MAX))}` });
    }
    isOver = true;
    watch.end();
  }
}

/** Can be gone through once, like every stream. One result is used again and again: `for` and spreading copy what they need. */
class Values implements IterableIterator<unknown> {
  readonly #groups: Groups;
  readonly #touch: () => void;
  readonly #result: { done: boolean; value: unknown } = { done: false, value: undefined };

  constructor(groups: Groups, touch: () => void) {
    this.#groups = groups;
    this.#touch = touch;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<unknown, undefined> {
    const cursor = this.#groups.nextValue();
    this.#touch();
    this.#result.done = cursor === null;
    this.#result.value = cursor === null ? undefined : valueOf(cursor.bytes as Buffer, cursor.keyEnd, cursor.valueEnd);
    return this.#result as IteratorResult<unknown, undefined>;
  }
}
