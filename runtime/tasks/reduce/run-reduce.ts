// A reduce attempt: its regions, brought here and merged, key by key through the code, into an output file of this attempt.
import { rmSync } from "node:fs";
import type { ReduceAssignment } from "../../../core/mapreduce/assignment.ts";
import type { AttemptResult } from "../../../core/mapreduce/report.ts";
import type { App } from "../apps/app.ts";
import { aftermath } from "../code/aftermath.ts";
import { CodeReducer } from "../code/code-reducer.ts";
import type { CodeHere } from "../code/code-of.ts";
import { codeOf } from "../code/code-of.ts";
import { LateEmits } from "../code/late-emits.ts";
import type { Watch } from "../map/mapper.ts";
import { LineWriter } from "../output/line-writer.ts";
import type { PairBytes } from "../records/pair-bytes.ts";
import type { OnMerged } from "../regions/merge-passes.ts";
import { MergePasses } from "../regions/merge-passes.ts";
import type { Merger } from "../regions/merger.ts";
import type { RegionPlace } from "../regions/region-source.ts";
import { reduceInSandbox } from "../sandbox/reduce-in-sandbox.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import type { TaskRun } from "../task-run.ts";
import { Groups } from "./groups.ts";
import { Landing } from "./landing.ts";
import { FETCHED, MERGED, REDUCED } from "./reduce-progress.ts";
import type { Reducer } from "./reducer.ts";

/** So often the clock is looked at. */
const KEYS_A_BREATH = 256;

export async function runReduce(run: TaskRun<ReduceAssignment>, environment: TaskEnvironment): Promise<AttemptResult> {
  const { assignment } = run;
  const { job, task, attempt, description } = assignment;
  const code = await codeOf(assignment, environment);
  const { mapOutputs, fetchRegion, origin } = environment;
  mapOutputs.directoryOf(job);
  const directory = mapOutputs.workOf({ job, phase: "reduce", task, attempt });
  const landing = new Landing({ run, directory, fetchRegion, mapOutputs, origin });
  const passes = new MergePasses(directory);
  try {
    const places = await landing.fetchAll();
    const lineFormat =
      (code.kind === "here" && code.app.kind === "bytes" ? code.app.lineFormat : undefined) ?? description.options.outputFormat;
    const output = await environment.outputs.begin(assignment, directory);
    try {
      const lines = new LineWriter(lineFormat, (bytes) => output.write(bytes));
      const give = (pair: PairBytes): void => {
        if (output.pair === undefined) lines.pair(pair);
        else output.pair(pair);
        run.recordsWritten++;
      };
      const merger = await passes.merged(places, mergeProgress(run, places));
      const { keys, settled } =
        code.kind === "here"
          ? await reduceHere(code, { run, merger, give, environment })
          : { keys: await reduceInSandbox(code.bundle, { run, merger, give, environment }), settled: () => Promise.resolve() };
      lines.flush();
      // It may take longer than all else, and who sees no progress takes an attempt for one that hangs.
      const file = await output.finish(async (bytes) => {
        run.bytesWritten += bytes;
        await run.breathe(REDUCED);
      });
      run.bytesWritten = file.bytes;
      environment.keepNote(assignment, { output: description.output, files: [file] });
      // Writing took its time: some of what the code has begun in other threads has ended.
      await settled();
      return { kind: "reduced", files: [file], keys };
    } catch (error) {
      output.abort();
      throw error;
    }
  } finally {
    passes.close();
    landing.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** How many passes there will be it does not know: it only comes closer. */
function mergeProgress(run: TaskRun, places: readonly RegionPlace[]): OnMerged {
  const total = places.reduce((sum, { bytes }) => sum + bytes, 0);
  let merged = 0;
  return async (bytes) => {
    merged += bytes;
    await run.breathe(FETCHED + (MERGED - FETCHED) * (merged / (merged + total)));
  };
}

export type ReduceAttempt = {
  readonly run: TaskRun<ReduceAssignment>;
  readonly merger: Merger;
  readonly give: (pair: PairBytes) => void;
};

/** `settled`: to be asked once more before the attempt is done. */
type ReducedHere = Pick<BuiltReducer, "settled"> & { readonly keys: number };

async function reduceHere(
  { app, checkOver }: CodeHere,
  attempt: ReduceAttempt & { readonly environment: TaskEnvironment },
): Promise<ReducedHere> {
  const { run, merger, give, environment } = attempt;
  const watch = environment.watchCalls(run.assignment.description.options.recordTimeoutMs);
  const { reducer, settled, skipped } = reducerOf(app, run, watch);
  const groups = new Groups(merger);
  let keys = 0;
  try {
    while (groups.nextGroup()) {
      reducer.reduce(groups, give);
      if (++keys % KEYS_A_BREATH === 0) {
        run.recordsRead = groups.records;
        await settled();
        await run.breathe(MERGED);
      }
    }
    await settled();
    checkOver("reduce");
  } finally {
    // A call that threw is over, too.
    watch.end();
  }
  run.recordsRead = groups.records;
  run.skipped = skipped();
  return { keys, settled };
}

type BuiltReducer = {
  readonly reducer: Reducer;
  /** What the code has begun without waiting for it has had its turn. */
  readonly settled: () => Promise<void>;
  readonly skipped: () => number;
};

function reducerOf(app: App, run: TaskRun<ReduceAssignment>, watch: Watch): BuiltReducer {
  const { skip, description } = run.assignment;
  const context = { count: run.counters.count, options: description.options.parameters };
  if (app.kind === "bytes") return { reducer: app.reducer(context), settled: () => Promise.resolve(), skipped: () => 0 };
  const lateEmits = new LateEmits();
  const skipped = new Set(skip.map(({ record }) => record));
  const reducer = new CodeReducer({ functions: app.functions, context, watch, lateEmits, skip: skipped });
  return { reducer, settled: () => aftermath(watch, lateEmits), skipped: () => reducer.skipped };
}
