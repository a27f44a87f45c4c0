// Apps that count: keys are counted in a table, which is emptied into the map's buffer when it is large, and at the end.
import type { Span } from "../records/byte-order.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import { PairBytes } from "../records/pair-bytes.ts";
import type { Pair } from "../records/pair-frames.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Groups } from "../reduce/groups.ts";
import type { Give, Reducer } from "../reduce/reducer.ts";
import type { MapSetting } from "./app.ts";

/** Finds keys in texts, and counts them. */
export interface KeyCounter {
  count(text: LineBlock): void;
  /** About what it holds, for a budget. */
  readonly bytes: number;
  /** Goes through all keys and their counts, and is empty afterwards. A key may come several times: its counts are to be added. */
  drain(visit: (key: Span, count: number) => void): void;
}

export class SumMapper implements Mapper {
  readonly #counter: KeyCounter;
  readonly #setting: MapSetting;
  /** Instead of its sum, each key that was seen gets this value. */
  #fixedValue: Buffer | null;
  readonly #pair = new PairBytes();

  constructor(setting: MapSetting, counter: KeyCounter, fixedValue: Buffer | null = null) {
    this.#setting = setting;
    this.#counter = counter;
    this.#fixedValue = fixedValue;
  }

  lines(block: LineBlock): void {
    this.#counter.count(block);
    if (this.#counter.bytes > this.#setting.combineBytes) this.finish();
  }

  whole(content: Buffer): void {
    this.lines({ bytes: content, start: 0, end: content.length, offset: 0 });
  }

  /** The key takes the place of the input's name. */
  pair({ key, value }: Pair): void {
    this.whole(value);
    if (this.#fixedValue === null) return;
    this.#fixedValue = key;
    this.finish();
  }

  finish(): void {
    const pair = this.#pair;
    this.#counter.drain(({ bytes, start, end }, count) => {
      pair.keyFrom(bytes, start, end);
      if (this.#fixedValue === null) pair.valueText(String(count));
      else pair.valueFrom(this.#fixedValue);
      this.#setting.buffer.add(pair);
    });
  }
}

export class SumReducer implements Reducer {
  readonly #pair = new PairBytes();

  reduce(groups: Groups, give: Give): void {
    let sum = 0;
    for (let cursor = groups.nextValue(); cursor !== null; cursor = groups.nextValue()) {
      const { bytes, keyEnd, valueEnd } = cursor;
      let value = 0;
      for (let i = keyEnd; i < valueEnd; i++) value = value * 10 + (bytes[i] as number) - 0x30;
      sum += value;
    }
    const { key } = groups;
    give(this.#pair.keyFrom(key, 0, key.length).valueText(String(sum)));
  }
}
