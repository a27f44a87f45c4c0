// In which inputs each word occurs: how many, and their names in order, as the app of the 6.824 labs has it.
import { compareBytes } from "../records/byte-order.ts";
import { PairBytes } from "../records/pair-bytes.ts";
import type { Groups } from "../reduce/groups.ts";
import type { Give, Reducer } from "../reduce/reducer.ts";
import type { ByteApp } from "./app.ts";
import { SumMapper } from "./sums.ts";
import { WordCounter } from "./words.ts";

class NamesReducer implements Reducer {
  readonly #pair = new PairBytes();

  reduce(groups: Groups, give: Give): void {
    const names = new Set<string>();
    for (let cursor = groups.nextValue(); cursor !== null; cursor = groups.nextValue()) {
      names.add((cursor.bytes as Buffer).toString("latin1", cursor.keyEnd, cursor.valueEnd));
    }
    const sorted = [...names].map((name) => Buffer.from(name, "latin1")).sort(compareBytes);
    const { key } = groups;
    const pair = this.#pair.keyFrom(key, 0, key.length).valueText(`${String(sorted.length)} `);
    for (const [i, name] of sorted.entries()) (i === 0 ? pair : pair.valueText(",")).valueFrom(name);
    give(pair);
  }
}

export const INVERTED_INDEX: ByteApp = {
  kind: "bytes",
  mapper: (setting) => new SumMapper(setting, new WordCounter(), Buffer.from(setting.input)),
  reducer: () => new NamesReducer(),
};
