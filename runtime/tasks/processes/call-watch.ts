// Looks after code that runs in the process of its task: what works on bytes, and job code without isolation. A call that never comes back
// leaves no moment in which the process could notice that itself, and its worker sees a process that lives; so a thread ends it.
import { Worker } from "node:worker_threads";
import type { Watch } from "../map/mapper.ts";
import { NO_RECORD } from "../map/mapper.ts";

/** By which such a process ends; by nothing else, and without a dump of its memory. */
export const CALL_TOOK_TOO_LONG = "SIGVTALRM";

/** In shared memory, as 64-bit numbers: how long a call may take, the record, its offset, and a number that changes with every call, 0 between calls. */
const MS_MAX = 0;
const RECORD = 1;
const OFFSET = 2;
const CALL = 3;
const LENGTH = 4;

const LOOK_MS = 50;
/** A pause of the whole machine is nobody's fault. */
const STEP_MS_MAX = 250;

/** Plain JavaScript: a thread is given text, and this one needs nothing else. What it says last is the end of the task's log. */
const THREAD = `
const { workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const at = new Float64Array(workerData);
let call = 0, spent = 0, seenAt = performance.now();
setInterval(() => {
  const now = performance.now();
  const step = Math.min(${String(STEP_MS_MAX)}, now - seenAt);
  seenAt = now;
  const current = at[${String(CALL)}];
  spent = current !== 0 && current === call ? spent + step : 0;
  call = current;
  if (spent <= at[${String(MS_MAX)}]) return;
  const [msMax, record, offset] = at;
  const what = record === ${String(NO_RECORD)} ? "code outside of any record" : "record " + record + ", at byte " + offset + ",";
  try { writeSync(2, what + " took more than " + msMax + " ms\\n"); } catch {}
  process.kill(process.pid, "${CALL_TOOK_TOO_LONG}");
}, ${String(LOOK_MS)});
`;

let at: Float64Array | null = null;
let calls = 0;

/** One attempt at a time; the thread is that of the process. */
export function watchCalls(callMsMax: number): Watch {
  const shared = (at ??= started());
  shared[MS_MAX] = callMsMax;
  return {
    begin(record, offset) {
      shared[RECORD] = record;
      shared[OFFSET] = offset;
      shared[CALL] = ++calls;
    },
    end() {
      shared[CALL] = 0;
    },
  };
}

function started(): Float64Array {
  const shared = new SharedArrayBuffer(8 * LENGTH);
  new Worker(THREAD, { eval: true, workerData: shared, execArgv: [] }).unref();
  return new Float64Array(shared);
}
