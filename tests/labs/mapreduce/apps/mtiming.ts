// Which processes run maps, and how many at once.
import { defineJob } from "flotilla";
import { workingAtOnce } from "./marks.ts";

export default defineJob<string, string>({
  map(_record, emit, { options }) {
    const started = Date.now() / 1_000;
    const pid = String(process.pid);
    const count = workingAtOnce("map", options["directory"] ?? ".");
    emit(`times-${pid}`, started.toFixed(1));
    emit(`parallel-${pid}`, String(count));
  },
  reduce(key, values, emit) {
    emit(key, [...values].sort().join(" "));
  },
});
