// How often each URL was asked for, from the log of a web server: the second word of the quoted request (`"GET /x HTTP/1.1"`), or else the
// first word of the line that is a URL or a path.
import type { Span } from "../records/byte-order.ts";
import { hashOf } from "../records/byte-order.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import { SumTable } from "../records/sum-table.ts";
import type { ByteApp } from "./app.ts";
import type { KeyCounter } from "./sums.ts";
import { SumMapper, SumReducer } from "./sums.ts";

const LINE_BREAK = 10;
const BLANK = 32;
const QUOTE = 34;
const SLASH = 47;

class UrlCounter implements KeyCounter {
  readonly #table = new SumTable();

  get bytes(): number {
    return this.#table.bytes;
  }

  count({ bytes, start: first, end }: LineBlock): void {
    for (let start = first; start < end;) {
      let lineEnd = bytes.indexOf(LINE_BREAK, start);
      if (lineEnd < 0 || lineEnd > end) lineEnd = end;
      const at = requestedUrl(bytes, start, lineEnd) ?? firstUrl(bytes, start, lineEnd);
      if (at !== null) this.#add(bytes, at, wordEnd(bytes, at, lineEnd));
      start = lineEnd + 1;
    }
  }

  drain(visit: (key: Span, count: number) => void): void {
    this.#table.drain(visit);
  }

  #add(bytes: Buffer, start: number, end: number): void {
    if (end === start) return;
    this.#table.hash = hashOf(bytes, start, end);
    this.#table.add(bytes, start, end);
  }
}

export const URL_COUNT: ByteApp = {
  kind: "bytes",
  mapper: (setting) => new SumMapper(setting, new UrlCounter()),
  reducer: () => new SumReducer(),
};

function requestedUrl(bytes: Buffer, start: number, end: number): number | null {
  const quote = bytes.indexOf(QUOTE, start);
  if (quote < 0 || quote >= end) return null;
  const blank = wordEnd(bytes, quote + 1, end);
  return blank < end && bytes[blank] === BLANK ? blank + 1 : null;
}

function firstUrl(bytes: Buffer, start: number, end: number): number | null {
  for (let at = start; at < end;) {
    while (at < end && isBlank(bytes[at] as number)) at++;
    const behind = wordEnd(bytes, at, end);
    if (bytes[at] === SLASH || bytes.subarray(at, behind).includes("://")) return at;
    at = behind;
  }
  return null;
}

function wordEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && !isBlank(bytes[at] as number) && bytes[at] !== QUOTE) at++;
  return at === start && at < end && bytes[at] === QUOTE ? at + 1 : at;
}

function isBlank(byte: number): boolean {
  return byte === BLANK || byte === 9 || byte === 13;
}
