// Counts the records of an app that works on bytes and doesn't look at lines itself: a block has as many as it has line breaks, and one
// more where its last line has none.
import type { Pair } from "../records/pair-frames.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import type { Mapper } from "./mapper.ts";

const LINE_BREAK = 10;

export class RecordCounting implements Mapper {
  readonly #mapper: Mapper;
  #records = 0;

  constructor(mapper: Mapper) {
    this.#mapper = mapper;
  }

  /** Read so far. */
  get records(): number {
    return this.#records;
  }

  lines(block: LineBlock): void {
    this.#records += linesIn(block);
    this.#mapper.lines(block);
  }

  whole(content: Buffer): void {
    this.#records++;
    this.#mapper.whole(content);
  }

  pair(pair: Pair, number: number): void {
    this.#records++;
    this.#mapper.pair(pair, number);
  }

  finish(): void {
    this.#mapper.finish();
  }
}

export function linesIn({ bytes, start, end }: Pick<LineBlock, "bytes" | "start" | "end">): number {
  if (end <= start) return 0;
  let lines = bytes[end - 1] === LINE_BREAK ? 0 : 1;
  for (let at = bytes.indexOf(LINE_BREAK, start); at !== -1 && at < end; at = bytes.indexOf(LINE_BREAK, at + 1)) lines++;
  return lines;
}
