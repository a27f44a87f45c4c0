// In which documents a word occurs: how many, and their names in order.
import { defineJob } from "flotilla";

export default defineJob<string, string>({
  map({ key, value }, emit) {
    const words = new Set(Array.from(value.matchAll(/\p{L}+/gu), ([word]) => word));
    for (const word of words) emit(word, key);
  },
  reduce(key, values, emit) {
    const documents = [...values].sort();
    emit(key, `${String(documents.length)} ${documents.join(",")}`);
  },
});
