// Some reduces take longer than others: nobody may leave before the last.
import { defineJob } from "flotilla";
import { pause } from "./marks.ts";

export default defineJob({
  map({ key }, emit) {
    emit(key, "1");
  },
  reduce(key, values, emit) {
    if (key.includes("sherlock") || key.includes("tom")) pause(3_000);
    let count = 0;
    for (const value of values) if (value !== undefined) count++;
    emit(key, String(count));
  },
});
