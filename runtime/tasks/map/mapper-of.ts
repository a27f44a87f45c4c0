// Puts together what a map needs beside its input: the buffer, the partitioner, and the code around them.
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import type { TaskContext } from "../../../core/mapreduce/job-functions.ts";
import type { App } from "../apps/app.ts";
import { aftermath } from "../code/aftermath.ts";
import { CodeMapper } from "../code/code-mapper.ts";
import { hashOf, partitionOf, rangeOf } from "../records/byte-order.ts";
import { LateEmits } from "../code/late-emits.ts";
import type { Partitioner } from "../records/record-buffer.ts";
import { RecordCounting } from "./record-counting.ts";
import { MapBuffer } from "./map-buffer.ts";
import type { RunWriter } from "./map-buffer.ts";
import type { Mapper, Watch } from "./mapper.ts";

/** All that a map does with its records is decided by this, here and in the sandbox; it is plain JSON. */
export type MapPlan = {
  readonly input: string;
  readonly inputFormat: JobDescription["options"]["inputFormat"];
  readonly reduces: number;
  /** Base64. */
  readonly boundaries: readonly string[] | null;
  readonly combine: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  readonly skip: readonly number[];
  /** For records that wait to be sorted, and as much again at most for values that wait to be combined. */
  readonly bufferBytes: number;
};

export type MapParts = {
  readonly openRun: () => RunWriter;
  readonly count: TaskContext["count"];
  readonly watch: Watch;
};

export type BuiltMapper = {
  readonly mapper: Mapper;
  readonly buffer: MapBuffer;
  /** What the code has begun without waiting for it has had its turn. */
  readonly settled: () => Promise<void>;
  readonly skipped: () => number;
  readonly records: () => number;
};

export function mapperOf(app: App, plan: MapPlan, { openRun, count, watch }: MapParts): BuiltMapper {
  const { input, reduces, bufferBytes } = plan;
  const buffer = new MapBuffer({ partitions: reduces, partitioner: partitionerOf(plan), bytesMax: bufferBytes, openRun });
  const context: TaskContext = { count, options: plan.parameters };
  const combineBytes = Math.floor(bufferBytes / 2);
  if (app.kind === "bytes") {
    const counting = new RecordCounting(app.mapper({ input, buffer, context, combineBytes }), watch);
    return { mapper: counting, buffer, settled: () => Promise.resolve(), skipped: () => 0, records: () => counting.records };
  }
  const { combine, ...others } = app.functions;
  const lateEmits = new LateEmits();
  const mapper = new CodeMapper({
    ...{ context, input, reduces, buffer, combineBytes, watch, lateEmits },
    functions: combine === undefined || !plan.combine ? others : { ...others, combine },
    format: plan.inputFormat,
    skip: new Set(plan.skip),
  });
  return { mapper, buffer, settled: () => aftermath(watch, lateEmits), skipped: () => mapper.skipped, records: () => mapper.records };
}

function partitionerOf({ boundaries, reduces }: MapPlan): Partitioner {
  if (reduces === 1) return () => 0;
  if (boundaries === null) return (bytes, start, end) => partitionOf(hashOf(bytes, start, end), reduces);
  const cuts = boundaries.slice(0, reduces - 1).map((text) => Buffer.from(text, "base64"));
  return (bytes, start, end) => rangeOf(cuts, { bytes, start, end });
}
