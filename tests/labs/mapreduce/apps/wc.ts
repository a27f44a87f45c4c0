// How many values a word has: one for each time that it occurs.
import { defineJob } from "flotilla";

export default defineJob({
  map({ value }, emit) {
    for (const [word] of value.matchAll(/\p{L}+/gu)) emit(word, "1");
  },
  reduce(key, values, emit) {
    let count = 0;
    for (const value of values) if (value !== undefined) count++;
    emit(key, String(count));
  },
});
