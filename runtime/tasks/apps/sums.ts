// Apps that count: keys go into a table of sums, which is emptied into the map's buffer when it is large, and at the end.
import type { LineBlock } from "../records/line-splitter.ts";
import { PairBytes } from "../records/pair-bytes.ts";
import { SumTable } from "../records/sum-table.ts";
import type { Pair } from "../records/pair-frames.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Groups } from "../reduce/groups.ts";
import type { Give, Reducer } from "../reduce/reducer.ts";
import type { MapSetting } from "./app.ts";

/** Adds the keys that it finds in a text to the table. */
export type CountKeys = (text: LineBlock, table: SumTable) => void;

export class SumMapper implements Mapper {
  readonly #countKeys: CountKeys;
  readonly #setting: MapSetting;
  /** Instead of its sum, each key that was seen gets this value. */
  #fixedValue: Buffer | null;
  readonly #table = new SumTable();
  readonly #pair = new PairBytes();

  constructor(setting: MapSetting, countKeys: CountKeys, fixedValue: Buffer | null = null) {
    this.#setting = setting;
    this.#countKeys = countKeys;
    this.#fixedValue = fixedValue;
  }

  lines(block: LineBlock): void {
    this.#countKeys(block, this.#table);
    if (this.#table.bytes > this.#setting.combineBytes) this.finish();
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
    this.#table.drain((key, count) => {
      pair.keyFrom(key, 0, key.length);
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
