// Looks after the sandbox from a thread of its own, because job code may never come back: a call that takes too long, too much memory, a
// worker that is gone. It says which record was at work, with its last words, and ends the process.
import { Worker } from "node:worker_threads";
import type { Watch } from "../map/mapper.ts";
import { LAST_WORDS } from "./pipes.ts";

export type WatchLimits = { readonly memoryBytes: number; readonly callMsMax: number };

/** In shared memory, as 64-bit numbers: the record, its offset, and a number that changes with every call, 0 between calls. */
const RECORD = 0;
const OFFSET = 1;
const CALL = 2;
const LENGTH = 3;

const LOOK_MS = 20;
/** A pause of the whole machine is nobody's fault. */
const STEP_MS_MAX = 100;

/** Plain JavaScript: a thread is given text, and this one needs nothing else. */
const THREAD = `
const { workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const { shared, memoryBytes, callMsMax, parent } = workerData;
const at = new Float64Array(shared);
let call = 0, spent = 0, seenAt = performance.now();
const end = (reason, message) => {
  const [record, offset, now] = at;
  try { writeSync(${String(LAST_WORDS)}, JSON.stringify({ reason, message, record: now === 0 ? null : record, offset: now === 0 ? null : offset })); } catch {}
  process.kill(process.pid, "SIGKILL");
};
setInterval(() => {
  const now = performance.now();
  const step = Math.min(${String(STEP_MS_MAX)}, now - seenAt);
  seenAt = now;
  if (process.ppid !== parent) end("lost", "the worker is gone");
  const used = process.memoryUsage.rss();
  if (used > memoryBytes) end("outOfMemory", "the code uses " + Math.ceil(used / 1048576) + " MiB, and may use " + Math.floor(memoryBytes / 1048576));
  const current = at[${String(CALL)}];
  spent = current !== 0 && current === call ? spent + step : 0;
  call = current;
  if (spent > callMsMax) end("timedOut", "a call of the code took more than " + callMsMax + " ms");
}, ${String(LOOK_MS)});
`;

/** `isWatching`: around every call of job code, and nothing else. */
export function startWatch({ memoryBytes, callMsMax }: WatchLimits): Watch {
  const shared = new SharedArrayBuffer(8 * LENGTH);
  const at = new Float64Array(shared);
  const thread = new Worker(THREAD, { eval: true, workerData: { shared, memoryBytes, callMsMax, parent: process.ppid } });
  thread.unref();
  let calls = 0;
  return {
    begin(record, offset) {
      at[RECORD] = record;
      at[OFFSET] = offset;
      at[CALL] = ++calls;
    },
    end() {
      at[CALL] = 0;
    },
  };
}
