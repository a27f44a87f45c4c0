// What the crash app and its reference do, but for the crashing.
import { defineJob } from "flotilla";

export function crashJob(maybeCrash: () => void): ReturnType<typeof defineJob<string, string>> {
  return defineJob<string, string>({
    map({ key, value }, emit) {
      maybeCrash();
      emit("a", key);
      emit("b", String(key.length));
      emit("c", String(value.length));
      emit("d", "xyzzy");
    },
    reduce(key, values, emit) {
      maybeCrash();
      emit(key, [...values].sort().join(" "));
    },
  });
}
