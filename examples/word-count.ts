// How often each word occurs, and how many lines there were.
import { defineJob } from "flotilla";

const sum = (key: string, values: Iterable<number>, emit: (key: string, value: number) => void): void => {
  let total = 0;
  for (const value of values) total += value;
  emit(key, total);
};

export default defineJob<string, number>({
  map({ value }, emit, { count }) {
    count("lines");
    for (const [word] of value.matchAll(/\p{L}+/gu)) emit(word.toLowerCase(), 1);
  },
  combine: sum,
  reduce: sum,
});
