// Where a map puts its pairs: a record buffer that is written out as a sorted run whenever it is full.
import type { PairBytes } from "../records/pair-bytes.ts";
import type { Partitioner, RecordVisitor } from "../records/record-buffer.ts";
import { RecordBuffer } from "../records/record-buffer.ts";

/** A run: sorted records, partition after partition. */
export type RunWriter = RecordVisitor & { readonly finish: () => void };

export type MapBufferOptions = {
  readonly partitions: number;
  readonly partitioner: Partitioner;
  readonly bytesMax: number;
  readonly openRun: () => RunWriter;
};

export class MapBuffer {
  readonly #buffer: RecordBuffer;
  readonly #openRun: () => RunWriter;
  #records = 0;
  #runs = 0;

  constructor(options: MapBufferOptions) {
    this.#buffer = new RecordBuffer(options);
    this.#openRun = options.openRun;
  }

  /** All that were added. */
  get records(): number {
    return this.#records;
  }

  add(pair: PairBytes, partition = -1): void {
    if (this.#buffer.isFullFor(pair.keyEnd, pair.valueEnd - pair.keyEnd)) this.#spill();
    this.#buffer.add(pair, partition);
    this.#records++;
  }

  /** A key `source[start, end)` without a value. */
  addKey(source: Buffer, start: number, end: number): void {
    if (this.#buffer.isFullFor(end - start, 0)) this.#spill();
    this.#buffer.addKey(source, start, end);
    this.#records++;
  }

  /** Writes out what is left; there is one run at least. */
  finish(): void {
    if (this.#buffer.records > 0 || this.#runs === 0) this.#spill();
  }

  #spill(): void {
    const run = this.#openRun();
    this.#buffer.drain(run);
    run.finish();
    this.#runs++;
  }
}
