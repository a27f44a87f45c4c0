// How many processes run reduces at once.
import { defineJob } from "flotilla";
import { workingAtOnce } from "./marks.ts";

export default defineJob({
  map(_record, emit) {
    for (const key of "abcdefghij") emit(key, "1");
  },
  reduce(...[key, , emit, { options }]) {
    emit(key, String(workingAtOnce("reduce", options["directory"] ?? ".")));
  },
});
