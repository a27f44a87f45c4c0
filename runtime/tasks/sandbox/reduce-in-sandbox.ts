// A reduce whose code runs in a sandbox: merged records go there, pairs of the output come back.
import { PairBytes } from "../records/pair-bytes.ts";
import { RecordCursor } from "../records/record-layout.ts";
import { MERGED } from "../reduce/reduce-progress.ts";
import type { ReduceAttempt } from "../reduce/run-reduce.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { FROM_SANDBOX, TO_SANDBOX } from "./frames.ts";
import type { Sandbox } from "./sandbox.ts";

const BATCH_BYTES = 1 << 18;

/** Gives the number of keys. */
export async function reduceInSandbox(bundle: string, attempt: ReduceAttempt & { readonly environment: TaskEnvironment }): Promise<number> {
  const { run, give, environment } = attempt;
  const { memoryBytes, recordTimeoutMs, parameters } = run.assignment.description.options;
  const limits = { memoryBytes, callMsMax: recordTimeoutMs };
  const pair = new PairBytes();
  const cursor = new RecordCursor(Buffer.alloc(0));
  const onFrame = (kind: number, payload: Buffer): void => {
    if (kind !== FROM_SANDBOX.output) return;
    cursor.reset(payload);
    while (cursor.next())
      give(pair.keyFrom(payload, cursor.keyStart, cursor.keyEnd).valueFrom(payload.subarray(cursor.keyEnd, cursor.valueEnd)));
  };
  const sandbox = environment.sandboxes.begin(limits, {
    ...{ bundle, onFrame },
    plan: { kind: "reduce", parameters, skip: run.assignment.skip.map(({ record }) => record) },
    onLog: (text) => run.log.write(text),
  });
  try {
    const keys = await sendRecords(sandbox, attempt);
    const { skipped, counters } = await sandbox.finish();
    run.skipped = skipped;
    run.counters.addAll(counters);
    return keys;
  } finally {
    run.otherMemoryBytes = sandbox.memoryBytes;
    run.otherCpuMs = sandbox.cpuMs;
    environment.sandboxes.giveBack(sandbox, limits, bundle);
  }
}

async function sendRecords(sandbox: Sandbox, { run, merger }: ReduceAttempt): Promise<number> {
  let batch = Buffer.allocUnsafe(BATCH_BYTES);
  let length = 0;
  let keys = 0;
  let key = Buffer.alloc(0);
  for (let cursor = merger.next(); cursor !== null; cursor = merger.next()) {
    const { bytes, recordStart, keyStart, keyEnd, valueEnd } = cursor;
    const size = valueEnd - recordStart;
    if (length + size > batch.length) {
      await sandbox.send(TO_SANDBOX.records, batch.subarray(0, length));
      await run.breathe(MERGED);
      length = 0;
      if (size > batch.length) batch = Buffer.allocUnsafe(size);
    }
    batch.set(bytes.subarray(recordStart, valueEnd), length);
    length += size;
    run.recordsRead++;
    if (keyEnd - keyStart === key.length && key.equals(bytes.subarray(keyStart, keyEnd)) && keys > 0) continue;
    key = Buffer.from(bytes.subarray(keyStart, keyEnd));
    keys++;
  }
  if (length > 0) await sandbox.send(TO_SANDBOX.records, batch.subarray(0, length));
  return keys;
}
