// How often maps were executed: each leaves a file behind.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineJob } from "flotilla";
import { pause } from "./marks.ts";

const PREFIX = "mr-worker-jobcount";
/** Each attempt begins with variables of its own, so counting here would give the same names again. */
const nameOfThisOne = (): string => `${PREFIX}-${String(process.pid)}-${String(process.hrtime.bigint())}`;

export default defineJob({
  map(_record, emit, { options }) {
    writeFileSync(join(options["directory"] ?? ".", nameOfThisOne()), "x");
    pause(2_000 + Math.random() * 3_000);
    emit("a", "x");
  },
  reduce(...[key, , emit, { options }]) {
    emit(key, String(readdirSync(options["directory"] ?? ".").filter((name) => name.startsWith(PREFIX)).length));
  },
});
