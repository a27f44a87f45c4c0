// Calls a job's `map` for each record, and its `combine`. Whatever the code throws is one failed attempt with the place of the record.
import { isAscii } from "node:buffer";
import type { JobRecord, TaskContext } from "../../../core/mapreduce/job-functions.ts";
import type { InputFormat } from "../../../core/mapreduce/job.ts";
import type { Pair } from "../records/pair-frames.ts";
import type { MapBuffer } from "../map/map-buffer.ts";
import type { Mapper, Watch } from "../map/mapper.ts";
import { NO_RECORD } from "../map/mapper.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import { forEachLine } from "../records/line-splitter.ts";
import { PairBytes } from "../records/pair-bytes.ts";
import { TaskProblem } from "../task-problem.ts";
import type { Functions } from "./combining-table.ts";
import { CombiningTable } from "./combining-table.ts";
import { codeProblem } from "./code-problem.ts";
import type { LateEmits } from "./late-emits.ts";
import { putValue } from "./value-codec.ts";

export type CodeMapperOptions = {
  readonly functions: Functions;
  readonly context: TaskContext;
  readonly input: string;
  readonly format: InputFormat;
  readonly reduces: number;
  readonly buffer: MapBuffer;
  /** For values that wait to be combined. */
  readonly combineBytes: number;
  /** Numbers of records that are left out. */
  readonly skip: ReadonlySet<number>;
  readonly watch: Watch;
  readonly lateEmits: LateEmits;
};

/** While no record is under way. */
const NOWHERE = -1;

export class CodeMapper implements Mapper {
  readonly #options: CodeMapperOptions;
  readonly #table: CombiningTable | null;
  readonly #pair = new PairBytes();
  #offset = NOWHERE;
  #isMapping = false;
  #records = 0;
  #skipped = 0;

  constructor(options: CodeMapperOptions) {
    this.#options = options;
    const { combine } = options.functions;
    this.#table =
      combine === undefined
        ? null
        : new CombiningTable({
            combine,
            context: options.context,
            lateEmits: options.lateEmits,
            give: (key, value) => this.#give(key, value),
            bytesMax: options.combineBytes,
          });
  }

  /** Seen so far, with those that were left out. */
  get records(): number {
    return this.#records;
  }

  get skipped(): number {
    return this.#skipped;
  }

  lines(block: LineBlock): void {
    const { bytes, start, end, offset } = block;
    this.#guarded(() => {
      if (isAscii(bytes.subarray(start, end))) this.#asciiLines(block);
      else forEachLine(block, (from, to) => this.#line(bytes.toString("utf8", from, to), offset + from - start));
    });
  }

  whole(content: Buffer): void {
    const { input } = this.#options;
    this.#guarded(() => this.#record({ key: input, value: content.toString("utf8", 0, content.length), input, offset: 0 }));
  }

  pair({ key, value }: Pair, number: number): void {
    const { input } = this.#options;
    this.#guarded(() => this.#record({ key: key.toString(), value: value.toString(), input, offset: number }));
  }

  finish(): void {
    const { watch } = this.#options;
    this.#offset = NOWHERE;
    // Each key is a call of its own; within a `map`, they are part of its time.
    this.#guarded(() => this.#table?.drain(() => watch.begin(NO_RECORD, 0)));
    watch.end();
  }

  /** One string for all lines; a line is a slice of it, which copies nothing. */
  #asciiLines({ bytes, start, end, offset }: LineBlock): void {
    const text = bytes.toString("latin1", start, end);
    for (let from = 0; from < text.length;) {
      let to = text.indexOf("\n", from);
      if (to < 0) to = text.length;
      this.#line(text.slice(from, to), offset + from);
      from = to + 1;
    }
  }

  #line(line: string, offset: number): void {
    const { format, input } = this.#options;
    this.#offset = offset;
    switch (format) {
      case "lines":
      case "whole":
        return this.#record({ key: input, value: line, input, offset });
      case "jsonLines":
        return line.trim() === "" ? undefined : this.#record({ key: input, value: line, input, offset });
      case "keyValue": {
        const tab = line.indexOf("\t");
        const [key, value] = tab < 0 ? [line, ""] : [line.slice(0, tab), line.slice(tab + 1)];
        return this.#record({ key, value, input, offset });
      }
    }
  }

  #record(record: JobRecord<unknown>): void {
    const { functions, context, format, skip, watch } = this.#options;
    this.#offset = record.offset;
    const number = this.#records++;
    if (skip.size > 0 && skip.has(number)) {
      this.#skipped++;
      return;
    }
    watch.begin(number, record.offset);
    const given = format === "jsonLines" ? { ...record, value: this.#parsed(record.value as string, number) } : record;
    this.#isMapping = true;
    const result = functions.map(given, this.#emit, context) as unknown;
    this.#isMapping = false;
    watch.end();
    if (result instanceof Promise) throw new TypeError("`map` returned a promise: it must have emitted everything when it returns");
  }

  readonly #emit = (key: string | number, value?: unknown): void => {
    if (!this.#isMapping) this.#options.lateEmits.refuse("map");
    const text = typeof key === "string" ? key : String(key);
    if (this.#table === null) this.#give(text, value);
    else this.#table.add(text, value);
  };

  #give(key: string, value: unknown): void {
    const { functions, reduces, buffer } = this.#options;
    const { partition } = functions;
    const pair = putValue(this.#pair.keyText(key), value);
    if (partition === undefined) buffer.add(pair);
    else buffer.add(pair, checkedPartition(partition(key, reduces), reduces));
  }

  #parsed(line: string, record: number): unknown {
    const { input } = this.#options;
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      const place = { record, file: input, offset: this.#offset };
      throw new TaskProblem("badRecord", `not JSON: ${(error as Error).message}`, { ...place, cause: error });
    }
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      const place = { record: this.#records - 1, file: this.#options.input, offset: this.#offset };
      throw codeProblem(error, this.#offset === NOWHERE ? {} : place);
    }
  }
}

function checkedPartition(partition: number, reduces: number): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < reduces) return partition;
  throw new RangeError(`\`partition\` gave ${String(partition)}: it must be a whole number from 0 to ${String(reduces - 1)}`);
}
