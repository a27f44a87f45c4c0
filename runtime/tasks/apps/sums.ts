// Apps that count: keys go into a table of sums, which is emptied into the map's buffer when it is large, and at the end.
import type { LineBlock } from "../records/line-splitter.ts";
import { PairBytes } from "../records/pair-bytes.ts";
import type { HashedSpan } from "../records/sum-table.ts";
import { SumTable } from "../records/sum-table.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Groups } from "../reduce/groups.ts";
import type { Give, Reducer } from "../reduce/reducer.ts";
import type { MapSetting } from "./app.ts";

/** Finds the keys in a text, which is also the object that each of them is given in. */
export type FindKeys = (text: HashedSpan, visit: (key: HashedSpan) => void) => void;

export class SumMapper implements Mapper {
  readonly #findKeys: FindKeys;
  readonly #setting: MapSetting;
  /** Instead of its sum, each key that was seen gets this value. */
  readonly #fixedValue: Buffer | null;
  readonly #table = new SumTable();
  readonly #pair = new PairBytes();
  readonly #add = (key: HashedSpan): void => this.#table.add(key);

  constructor(setting: MapSetting, findKeys: FindKeys, fixedValue: Buffer | null = null) {
    this.#setting = setting;
    this.#findKeys = findKeys;
    this.#fixedValue = fixedValue;
  }

  lines({ bytes, start, end }: LineBlock): void {
    this.#findKeys({ bytes, start, end, hash: 0 }, this.#add);
    if (this.#table.bytes > this.#setting.combineBytes) this.finish();
  }

  whole(content: Buffer): void {
    this.lines({ bytes: content, start: 0, end: content.length, offset: 0 });
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
