// Lines that match the option `pattern`, a regular expression, with where they stand: `name:offset`, the offset in bytes, in 12 digits so
// that lines come in the order of the file. A pattern without special characters is looked for in the bytes.
import { isAscii } from "node:buffer";
import type { Pair } from "../records/pair-frames.ts";
import type { Mapper } from "../map/mapper.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import { forEachLine } from "../records/line-splitter.ts";
import { PairBytes } from "../records/pair-bytes.ts";
import type { Groups } from "../reduce/groups.ts";
import type { Give, Reducer } from "../reduce/reducer.ts";
import { TaskProblem } from "../task-problem.ts";
import type { ByteApp, MapSetting } from "./app.ts";

const LINE_BREAK = 10;
const OFFSET_DIGITS = 12;
const SPECIAL = /[\\^$.*+?()[\]{}|\n]/;

class GrepMapper implements Mapper {
  readonly #setting: MapSetting;
  readonly #pattern: RegExp;
  readonly #literal: Buffer | null;
  #input: string;
  readonly #pair = new PairBytes();

  constructor(setting: MapSetting) {
    const { pattern = "" } = setting.context.options;
    if (pattern === "") throw new TaskProblem("badInput", "grep needs the option `pattern`");
    this.#setting = setting;
    this.#input = setting.input;
    this.#pattern = compiled(pattern);
    this.#literal = SPECIAL.test(pattern) ? null : Buffer.from(pattern);
  }

  lines(block: LineBlock): void {
    if (this.#literal === null) this.#matchingLines(block);
    else this.#linesWith(this.#literal, block);
  }

  whole(content: Buffer): void {
    this.lines({ bytes: content, start: 0, end: content.length, offset: 0 });
  }

  pair({ key, value }: Pair): void {
    this.#input = key.toString();
    this.whole(value);
  }

  finish(): void {
    // Nothing is held back.
  }

  #linesWith(literal: Buffer, block: LineBlock): void {
    const { bytes, start, end } = block;
    for (let from = start; from < end;) {
      const found = bytes.indexOf(literal, from);
      if (found < 0 || found >= end) return;
      const lineStart = Math.max(start, bytes.lastIndexOf(LINE_BREAK, found) + 1);
      const lineBreak = bytes.indexOf(LINE_BREAK, found);
      const lineEnd = lineBreak < 0 || lineBreak > end ? end : lineBreak;
      this.#emit(block, lineStart, lineEnd);
      from = lineEnd + 1;
    }
  }

  #matchingLines(block: LineBlock): void {
    const { bytes, start, end } = block;
    const isPlain = isAscii(bytes.subarray(start, end));
    forEachLine(block, (from, to) => {
      if (this.#pattern.test(isPlain ? bytes.toString("latin1", from, to) : bytes.toString("utf8", from, to))) this.#emit(block, from, to);
    });
  }

  #emit({ bytes, start, offset }: LineBlock, from: number, to: number): void {
    const { buffer } = this.#setting;
    const place = String(offset + from - start).padStart(OFFSET_DIGITS, "0");
    buffer.add(this.#pair.keyText(`${this.#input}:${place}`).valueFrom(bytes.subarray(from, to)));
  }
}

class Identity implements Reducer {
  readonly #pair = new PairBytes();

  reduce(groups: Groups, give: Give): void {
    const { key } = groups;
    for (let cursor = groups.nextValue(); cursor !== null; cursor = groups.nextValue()) {
      give(this.#pair.keyFrom(key, 0, key.length).valueFrom(cursor.bytes.subarray(cursor.keyEnd, cursor.valueEnd)));
    }
  }
}

export const GREP: ByteApp = {
  kind: "bytes",
  mapper: (setting) => new GrepMapper(setting),
  reducer: () => new Identity(),
};

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (error) {
    throw new TaskProblem("badInput", `grep: ${(error as Error).message}`, { cause: error });
  }
}
