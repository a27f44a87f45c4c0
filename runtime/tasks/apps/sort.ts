// Sorts lines by their bytes. With range partitions (`cuts`) the output files, one behind the other, are sorted as a whole.
import type { Pair } from "../records/pair-frames.ts";
import type { Mapper } from "../map/mapper.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import { PairBytes } from "../records/pair-bytes.ts";
import type { Groups } from "../reduce/groups.ts";
import type { Give, Reducer } from "../reduce/reducer.ts";
import type { ByteApp, MapSetting } from "./app.ts";

const LINE_BREAK = 10;

class LineMapper implements Mapper {
  readonly #buffer: MapSetting["buffer"];

  constructor({ buffer }: MapSetting) {
    this.#buffer = buffer;
  }

  lines({ bytes, start, end }: LineBlock): void {
    const buffer = this.#buffer;
    for (let from = start; from < end;) {
      let to = bytes.indexOf(LINE_BREAK, from);
      if (to < 0 || to > end) to = end;
      buffer.addKey(bytes, from, to);
      from = to + 1;
    }
  }

  whole(content: Buffer): void {
    this.lines({ bytes: content, start: 0, end: content.length, offset: 0 });
  }

  pair({ value }: Pair): void {
    this.whole(value);
  }

  finish(): void {
    // Nothing is held back.
  }
}

class AsOftenAsItCame implements Reducer {
  readonly #pair = new PairBytes();

  reduce(groups: Groups, give: Give): void {
    const { key } = groups;
    const pair = this.#pair.keyFrom(key, 0, key.length);
    while (groups.nextValue() !== null) give(pair);
  }
}

export const SORT: ByteApp = {
  kind: "bytes",
  mapper: (setting) => new LineMapper(setting),
  reducer: () => new AsOftenAsItCame(),
  lineFormat: "key",
};
