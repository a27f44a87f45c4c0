// What turns input into pairs, whether it works on bytes or calls job code.
import type { Pair } from "../records/pair-frames.ts";
import type { LineBlock } from "../records/line-splitter.ts";

export interface Mapper {
  lines(block: LineBlock): void;
  /** The content of a whole file. */
  whole(content: Buffer): void;
  /** A key of an input that has keys and values, and how many came before it. */
  pair(pair: Pair, number: number): void;
  /** The input is at its end: what was held back goes into the buffer. */
  finish(): void;
}

/** Told around every call of job code, so that somebody outside can tell where it hangs, and for how long. */
export type Watch = {
  /** The number of the record or key, and its offset in the input. */
  readonly begin: (record: number, offset: number) => void;
  readonly end: () => void;
};

/** What belongs to no record: loading the code, and what is left to do behind the last record. */
export const NO_RECORD = -1;

export const UNWATCHED: Watch = { begin: () => undefined, end: () => undefined };
