// Reads a split and hands its records on, a block of lines or a whole file at a time.
import { createGunzip } from "node:zlib";
import { Readable } from "node:stream";
import type { InputSplit } from "../../../core/mapreduce/assignment.ts";
import type { InputFormat } from "../../../core/mapreduce/job.ts";
import type { Pair } from "../records/pair-frames.ts";
import type { Inputs } from "../../files/inputs.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import { firstByteOf, LineSplitter } from "../records/line-splitter.ts";
import { TaskProblem } from "../task-problem.ts";

export type SplitReader = {
  readonly inputs: Inputs;
  readonly split: InputSplit;
  readonly format: InputFormat;
  readonly recordBytesMax: number;
  /** Called after each piece, with how much of the input was read: its lines, or its bytes as they lie there if it is compressed. */
  readonly onRead: (bytes: number, fraction: number) => Promise<void>;
};

/** Takes what it gets before its promise resolves. */
export type SplitVisitor = {
  readonly lines: (block: LineBlock) => void;
  readonly whole: (content: Buffer) => void;
  /** `first`: the number of the first one. */
  readonly pairs: (pairs: readonly Pair[], first: number) => void;
  /** Where what was handed on may have to be waited for. */
  readonly drained?: () => Promise<void>;
};

export async function readSplit(reader: SplitReader, visitor: SplitVisitor): Promise<void> {
  const pairs = reader.inputs.pairs(reader.split);
  if (pairs !== null) await readPairs(pairs, { reader, visitor });
  else if (reader.format === "whole") await readWhole(reader, visitor);
  else await readLines(reader, visitor);
}

type Reading = { readonly reader: SplitReader; readonly visitor: SplitVisitor };

async function readPairs(pages: AsyncIterable<readonly Pair[]>, { reader, visitor }: Reading): Promise<void> {
  const { split, onRead } = reader;
  let [count, bytes] = [0, 0];
  for await (const pairs of pages) {
    visitor.pairs(pairs, count);
    count += pairs.length;
    const read = pairs.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    bytes += read;
    await visitor.drained?.();
    await onRead(read, split.length === 0 ? 1 : bytes / split.length);
  }
}

async function readLines(reader: SplitReader, visitor: SplitVisitor): Promise<void> {
  const { split, recordBytesMax } = reader;
  const isCompressed = split.compression === "gzip";
  const splitter = new LineSplitter({
    ...{ input: split.url, recordBytesMax, visit: visitor.lines },
    // Where a compressed file is cut nobody knows: it is one split.
    start: isCompressed ? 0 : split.offset,
    end: isCompressed || split.length === split.fileLength ? Infinity : split.offset + split.length,
  });
  if (isCompressed) {
    for await (const piece of pieces(reader, 0)) {
      splitter.push(piece);
      await visitor.drained?.();
    }
  } else await readPlainLines(reader, { splitter, visitor });
  splitter.finish();
  await visitor.drained?.();
}

/** What is read ahead behind the split's end belongs to another split: lines are counted, not pieces, so that splits add up to the file. */
async function readPlainLines(
  { inputs, split, onRead }: SplitReader,
  { splitter, visitor }: { readonly splitter: LineSplitter; readonly visitor: SplitVisitor },
): Promise<void> {
  let counted = 0;
  const count = async (bytes: number): Promise<void> => {
    const more = bytes - counted;
    counted = bytes;
    await onRead(more, split.length === 0 ? 1 : Math.min(1, bytes / split.length));
  };
  for await (const piece of inputs.read(split, firstByteOf(split.offset))) {
    const isWanted = splitter.push(piece);
    await visitor.drained?.();
    await count(splitter.bytesVisited);
    if (!isWanted) return;
  }
  // A last line without a line break is visited when there is nothing more.
  await count(splitter.bytesVisited + splitter.bytesWaiting);
}

async function readWhole(reader: SplitReader, visitor: SplitVisitor): Promise<void> {
  const { split, recordBytesMax } = reader;
  const kept: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces(reader, 0)) {
    length += piece.length;
    if (length > recordBytesMax) {
      throw new TaskProblem("badInput", `a file that is one record is longer than ${String(recordBytesMax)} bytes`, {
        file: split.url,
        offset: 0,
      });
    }
    kept.push(Buffer.from(piece));
  }
  visitor.whole(Buffer.concat(kept));
  await visitor.drained?.();
}

async function* pieces(reader: SplitReader, from: number): AsyncGenerator<Buffer> {
  const { inputs, split } = reader;
  const counted = countedPieces(reader, inputs.read(split, from));
  if (split.compression === "none") {
    yield* counted;
    return;
  }
  const unzip = createGunzip();
  const source = Readable.from(copies(counted), { objectMode: false });
  source.on("error", (error) => unzip.destroy(error)).pipe(unzip);
  try {
    for await (const piece of unzip) yield piece as Buffer;
  } catch (error) {
    if (error instanceof TaskProblem) throw error;
    throw new TaskProblem("badInput", `it can't be unpacked: ${(error as Error).message}`, { file: split.url, cause: error });
  } finally {
    source.destroy();
    unzip.destroy();
  }
}

async function* countedPieces({ split, onRead }: SplitReader, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of source) {
    try {
      yield piece;
    } finally {
      // The last piece as well, after which nobody asks for another.
      bytes += piece.length;
      await onRead(piece.length, split.length === 0 ? 1 : bytes / split.length);
    }
  }
}

/** A stream may keep a piece for longer than it is valid. */
async function* copies(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of source) yield Buffer.from(piece);
}
