// The hundred keys with the largest numbers, of the output of a job that counts: `--input-format keyValue --reduces 1`.
// Each map keeps its own hundred; one reduce makes one list of them.
import { defineJob } from "flotilla";

const TOP = 100;

type Counted = { readonly key: string; readonly count: number };

const best = (all: Iterable<Counted>): readonly Counted[] =>
  [...all].sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1)).slice(0, TOP);

export default defineJob<string, Counted>({
  map({ key, value }, emit) {
    emit("top", { key, count: Number(value) });
  },
  combine(key, values, emit) {
    for (const each of best(values)) emit(key, each);
  },
  reduce(_key, values, emit) {
    // Keys come out in the order of their bytes, so the place comes first.
    for (const [i, { key, count }] of best(values).entries()) emit(String(i + 1).padStart(3, "0"), `${key} ${String(count)}`);
  },
});
