// How often each word occurs. A word is a run of letters, as it is written.
import type { ByteApp } from "./app.ts";
import { SumMapper, SumReducer } from "./sums.ts";
import { WordCounter } from "./words.ts";

export const WORD_COUNT: ByteApp = {
  kind: "bytes",
  mapper: (setting) => new SumMapper(setting, new WordCounter()),
  reducer: () => new SumReducer(),
};
