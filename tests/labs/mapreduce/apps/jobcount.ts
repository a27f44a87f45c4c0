// How often maps were executed: each leaves a file behind.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineJob } from "flotilla";
import { pause } from "./marks.ts";

const PREFIX = "mr-worker-jobcount";
let count = 0;

export default defineJob({
  map(_record, emit, { options }) {
    writeFileSync(join(options["directory"] ?? ".", `${PREFIX}-${String(process.pid)}-${String(count++)}`), "x");
    pause(2_000 + Math.random() * 3_000);
    emit("a", "x");
  },
  reduce(...[key, , emit, { options }]) {
    emit(key, String(readdirSync(options["directory"] ?? ".").filter((name) => name.startsWith(PREFIX)).length));
  },
});
