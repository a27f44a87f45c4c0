// Counts the records of an app that works on bytes and doesn't look at lines itself: a block has as many as it has line breaks, and one
// more where its last line has none.
import type { Pair } from "../records/pair-frames.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import type { Mapper, Watch } from "./mapper.ts";
import { UNWATCHED } from "./mapper.ts";

const LINE_BREAK = 10;

export class RecordCounting implements Mapper {
  readonly #mapper: Mapper;
  readonly #watch: Watch;
  #records = 0;

  /** `watch`: a pattern may take for ever with a line. */
  constructor(mapper: Mapper, watch: Watch = UNWATCHED) {
    this.#mapper = mapper;
    this.#watch = watch;
  }

  /** Read so far. */
  get records(): number {
    return this.#records;
  }

  lines(block: LineBlock): void {
    this.#watch.begin(this.#records, block.offset);
    this.#records += linesIn(block);
    this.#mapper.lines(block);
    this.#watch.end();
  }

  whole(content: Buffer): void {
    this.#watch.begin(this.#records++, 0);
    this.#mapper.whole(content);
    this.#watch.end();
  }

  pair(pair: Pair, number: number): void {
    this.#watch.begin(this.#records++, number);
    this.#mapper.pair(pair, number);
    this.#watch.end();
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
