// Cuts a stream of bytes into blocks of whole lines. A line belongs to the split in which its first byte lies: the reader of a split
// begins one byte early, leaves out what comes before the first line break, and reads on behind its end until its last line is whole.
// So splits may be cut anywhere, and each line is read once.
import { TaskProblem } from "../task-problem.ts";

/** `bytes[start, end)` are whole lines; the last one of a file may lack its line break. Valid until the visitor returns. */
export type LineBlock = {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Of `start`, in the file. */
  readonly offset: number;
};

export type LineSplitterOptions = {
  readonly input: string;
  /** The split; the bytes to push begin at `firstByteOf(start)`. */
  readonly start: number;
  readonly end: number;
  readonly recordBytesMax: number;
  readonly visit: (block: LineBlock) => void;
};

const LINE_BREAK = 10;

export function firstByteOf(start: number): number {
  return Math.max(0, start - 1);
}

export class LineSplitter {
  readonly #options: LineSplitterOptions;
  /** A line that is not whole yet, in pieces. */
  #pieces: Buffer[] = [];
  #piecesLength = 0;
  #bytesVisited = 0;
  /** Of the first byte that was not visited or left out. */
  #offset: number;
  #isSkipping: boolean;
  #isDone = false;

  constructor(options: LineSplitterOptions) {
    this.#options = options;
    this.#offset = firstByteOf(options.start);
    this.#isSkipping = options.start > 0;
    this.#isDone = options.end <= options.start;
  }

  get bytesVisited(): number {
    return this.#bytesVisited;
  }

  /** Of a line that is not whole yet. */
  get bytesWaiting(): number {
    return this.#piecesLength;
  }

  /** False: nothing more is needed. The bytes are not kept. */
  push(chunk: Buffer): boolean {
    if (this.#isDone) return false;
    let start = 0;
    if (this.#isSkipping) {
      const lineBreak = chunk.indexOf(LINE_BREAK);
      start = lineBreak < 0 ? chunk.length : lineBreak + 1;
      this.#offset += start;
      // A line that goes on behind the end: none begins in this split, however far the next line break is.
      if (lineBreak < 0) return !(this.#isDone = this.#offset >= this.#options.end);
      this.#isSkipping = false;
      if (this.#offset >= this.#options.end) {
        this.#isDone = true;
        return false;
      }
    }
    const end = this.#endOfLines(chunk, start);
    if (end > start) this.#visit(chunk, start, end);
    if (!this.#isDone && end < chunk.length) this.#keep(chunk.subarray(Math.max(start, end)));
    return !this.#isDone;
  }

  finish(): void {
    if (this.#isDone || this.#isSkipping || this.#piecesLength === 0) return;
    this.#visit(Buffer.alloc(0), 0, 0);
  }

  /** Behind the last line break that counts; `start` when there is none. */
  #endOfLines(chunk: Buffer, start: number): number {
    const { end } = this.#options;
    const offsetOfStart = this.#offset + this.#piecesLength;
    // The line that holds the split's last byte is the last one.
    const last = end - 1 - offsetOfStart + start;
    if (last < chunk.length) {
      const lineBreak = chunk.indexOf(LINE_BREAK, Math.max(start, last));
      if (lineBreak >= 0) {
        this.#isDone = true;
        return lineBreak + 1;
      }
    }
    const lineBreak = chunk.lastIndexOf(LINE_BREAK);
    return Math.max(start, lineBreak + 1);
  }

  #visit(chunk: Buffer, start: number, end: number): void {
    const { visit } = this.#options;
    let from = start;
    if (this.#piecesLength > 0) {
      // Only the line that was begun is put together; the rest stays where it is.
      const lineBreak = chunk.indexOf(LINE_BREAK, start);
      from = lineBreak < 0 ? end : lineBreak + 1;
      this.#checkLength(this.#piecesLength + from - start);
      const line = Buffer.concat([...this.#pieces, chunk.subarray(start, from)]);
      this.#pieces = [];
      this.#piecesLength = 0;
      visit({ bytes: line, start: 0, end: line.length, offset: this.#offset });
      this.#offset += line.length;
      this.#bytesVisited += line.length;
    }
    if (from < end) {
      visit({ bytes: chunk, start: from, end, offset: this.#offset });
      this.#offset += end - from;
      this.#bytesVisited += end - from;
    }
  }

  #keep(rest: Buffer): void {
    this.#checkLength(this.#piecesLength + rest.length);
    this.#pieces.push(Buffer.from(rest));
    this.#piecesLength += rest.length;
  }

  #checkLength(length: number): void {
    const { recordBytesMax, input } = this.#options;
    if (length > recordBytesMax) {
      throw new TaskProblem("badInput", `a line is longer than ${String(recordBytesMax)} bytes`, { file: input, offset: this.#offset });
    }
  }
}

/** Goes through the lines of a block, without their line breaks. */
export function forEachLine(block: LineBlock, visit: (start: number, end: number) => void): void {
  const { bytes, end } = block;
  for (let start = block.start; start < end;) {
    let lineBreak = bytes.indexOf(LINE_BREAK, start);
    if (lineBreak < 0 || lineBreak >= end) lineBreak = end;
    visit(start, lineBreak);
    start = lineBreak + 1;
  }
}
