// A map attempt: its split, read as a stream, through the code, into sorted runs, into one file with a region for each reduce.
import type { MapAssignment } from "../../../core/mapreduce/assignment.ts";
import type { AttemptResult } from "../../../core/mapreduce/report.ts";
import type { CodeHere } from "../code/code-of.ts";
import { codeOf } from "../code/code-of.ts";
import { mapInSandbox } from "../sandbox/map-in-sandbox.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import type { TaskRun } from "../task-run.ts";
import { inputName } from "./input-name.ts";
import type { MapPlan } from "./mapper-of.ts";
import { mapperOf } from "./mapper-of.ts";
import type { SplitReader } from "./read-split.ts";
import { readSplit } from "./read-split.ts";
import { RunFiles } from "./run-files.ts";

/** The rest is for the code, for what waits to be combined, and for the machine. */
const BUFFER_FRACTION = 1 / 5;
const BUFFER_BYTES_MAX = 64 << 20;

export async function runMap(run: TaskRun<MapAssignment>, environment: TaskEnvironment): Promise<AttemptResult> {
  const { assignment } = run;
  const { job, task, attempt, description } = assignment;
  const code = await codeOf(assignment, environment);
  environment.mapOutputs.directoryOf(job);
  const runs = new RunFiles(environment.mapOutputs.workOf({ job, phase: "map", task, attempt }), description.reduces);
  try {
    const plan = planOf(assignment);
    const reader = readerOf(run, environment);
    let settled = (): Promise<void> => Promise.resolve();
    if (code.kind === "here") settled = await mapHere(code, { plan, run, reader, runs, environment });
    else await mapInSandbox(code.bundle, { plan, run, reader, runs, environment });
    const regions = await runs.mergeInto(environment.mapOutputs.pathOf({ job, task, attempt }), async (bytes) => {
      run.bytesWritten += bytes;
      await run.breathe(1);
    });
    run.bytesWritten = regions.reduce((sum, { bytes }) => sum + bytes, 0);
    run.recordsWritten = regions.reduce((sum, { records }) => sum + records, 0);
    // Merging took its time: some of what the code has begun in other threads has ended.
    await settled().catch((error: unknown) => {
      environment.mapOutputs.remove({ job, task, attempt });
      throw error;
    });
    return {
      kind: "mapped",
      origin: environment.origin,
      regionBytes: regions.map(({ bytes }) => bytes),
      regionRecords: regions.map(({ records }) => records),
    };
  } finally {
    runs.remove();
  }
}

export type MapAttempt = {
  readonly plan: MapPlan;
  readonly run: TaskRun<MapAssignment>;
  readonly reader: SplitReader;
  readonly runs: RunFiles;
};

/** Gives what is to be asked once more before the attempt is done. */
async function mapHere(
  { app, checkOver }: CodeHere,
  attempt: MapAttempt & { readonly environment: TaskEnvironment },
): Promise<() => Promise<void>> {
  const { plan, run, reader, runs, environment } = attempt;
  const watch = environment.watchCalls(run.assignment.description.options.recordTimeoutMs);
  const parts = { openRun: () => runs.open(), count: run.counters.count, watch };
  const { mapper, buffer, settled, skipped, records } = mapperOf(app, plan, parts);
  try {
    await readSplit(reader, {
      lines: (block) => mapper.lines(block),
      whole: (content) => mapper.whole(content),
      pairs: (pairs, first) => pairs.forEach((pair, i) => mapper.pair(pair, first + i)),
      drained: settled,
    });
    mapper.finish();
    await settled();
    checkOver("map");
  } finally {
    // A call that threw is over, too.
    watch.end();
  }
  buffer.finish();
  run.recordsRead += records();
  run.skipped = skipped();
  return settled;
}

function planOf({ split, boundaries, skip, description }: MapAssignment): MapPlan {
  const { reduces, options } = description;
  return {
    input: inputName(split.url, description.inputs),
    ...{ inputFormat: options.inputFormat, reduces, boundaries, combine: options.combine, parameters: options.parameters },
    skip: skip.map(({ record }) => record),
    bufferBytes: Math.min(BUFFER_BYTES_MAX, Math.floor(options.memoryBytes * BUFFER_FRACTION)),
  };
}

function readerOf(run: TaskRun<MapAssignment>, { inputs, recordBytesMax }: TaskEnvironment): SplitReader {
  const { split, description } = run.assignment;
  const onRead = async (bytes: number, fraction: number): Promise<void> => {
    run.bytesRead += bytes;
    await run.breathe(fraction);
  };
  return { inputs, split, format: description.options.inputFormat, recordBytesMax, onRead };
}
