// A word count as people write it, with a combiner; and what it costs in one Node process without anything around it.
import type { Emit } from "../../../core/mapreduce/job-functions.ts";

const sum = (key: string, values: Iterable<number>, emit: Emit): void => {
  let n = 0;
  for (const value of values) n += value;
  emit(key, n);
};

export const WORD_COUNT = {
  map({ value }: { readonly value: string }, emit: Emit): void {
    for (const word of value.split(/[^A-Za-z]+/)) if (word !== "") emit(word, 1);
  },
  combine: sum,
  reduce: sum,
};

export const WORD_COUNT_SOURCE = `
const sum = (key, values, emit) => { let n = 0; for (const value of values) n += value; emit(key, n); };
export default {
  map({ value }, emit) { for (const word of value.split(/[^A-Za-z]+/)) if (word !== "") emit(word, 1); },
  combine: sum,
  reduce: sum,
};
`;
