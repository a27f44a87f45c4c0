// A map whose code runs in a sandbox: lines go there, sorted runs come back and are written here.
import { encodePair } from "../records/pair-frames.ts";
import type { MapAttempt } from "../map/run-map.ts";
import { RegionFileBuilder } from "../regions/region-file.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { readSplit } from "../map/read-split.ts";
import { FROM_SANDBOX, TO_SANDBOX } from "./frames.ts";

export async function mapInSandbox(bundle: string, attempt: MapAttempt & { readonly environment: TaskEnvironment }): Promise<void> {
  const { plan, run, reader, runs, environment } = attempt;
  const { memoryBytes, recordTimeoutMs } = run.assignment.description.options;
  const limits = { memoryBytes, callMsMax: recordTimeoutMs };
  let open: RegionFileBuilder | null = null;
  const onFrame = (kind: number, payload: Buffer): void => {
    open ??= new RegionFileBuilder(runs.nextPath());
    if (kind === FROM_SANDBOX.region) open.append(payload);
    else if (kind === FROM_SANDBOX.regionEnd) open.endRegion(payload.readDoubleLE(0));
    else if (kind === FROM_SANDBOX.runEnd) {
      open.finish();
      runs.add(open.path);
      open = null;
    }
  };
  const sandbox = environment.sandboxes.begin(limits, {
    ...{ bundle, onFrame },
    plan: { kind: "map", map: plan },
    onLog: (text) => run.log.write(text),
  });
  let sending: Promise<void> = Promise.resolve();
  try {
    await readSplit(reader, {
      lines({ bytes, start, end, offset }) {
        const at = Buffer.allocUnsafe(8);
        at.writeDoubleLE(offset);
        sending = both(sending, sandbox.send(TO_SANDBOX.lines, at, bytes.subarray(start, end)));
      },
      whole(content) {
        sending = both(sending, sandbox.send(TO_SANDBOX.whole, content));
      },
      pairs(pairs, first) {
        const at = Buffer.allocUnsafe(8);
        at.writeDoubleLE(first);
        sending = both(sending, sandbox.send(TO_SANDBOX.pairs, at, Buffer.concat(pairs.map(encodePair))));
      },
      drained: () => sending,
    });
    const { skipped, records, counters } = await sandbox.finish();
    run.skipped = skipped;
    run.recordsRead += records;
    run.counters.addAll(counters);
  } finally {
    run.otherMemoryBytes = sandbox.memoryBytes;
    run.otherCpuMs = sandbox.cpuMs;
    environment.sandboxes.giveBack(sandbox, limits, bundle);
    (open as RegionFileBuilder | null)?.abort();
  }
}

async function both(one: Promise<void>, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}
