// JSON lines: `{"country":"nl","ms":12}`, one for each visit. How many there were of each country, and how long they took on average.
// Lines without a country are counted and left out.
import { defineJob } from "flotilla";

type Visit = { readonly country?: string; readonly ms: number };
type Part = { readonly visits: number; readonly ms: number };

const added = (parts: Iterable<Part>): Part => {
  let [visits, ms] = [0, 0];
  for (const part of parts) {
    visits += part.visits;
    ms += part.ms;
  }
  return { visits, ms };
};

export default defineJob<Visit, Part>({
  map({ value: { country, ms } }, emit, { count }) {
    if (country === undefined) return count("without country");
    emit(country, { visits: 1, ms });
  },
  combine: (key, parts, emit) => emit(key, added(parts)),
  reduce(key, parts, emit) {
    const { visits, ms } = added(parts);
    emit(key, { visits, averageMs: Math.round(ms / visits) });
  },
});
