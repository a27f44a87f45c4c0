// The program that runs job code, started by a worker for one attempt, with `--permission` and an empty environment. It reads records from
// one pipe and writes what the code made of them to another; files and the network are the worker's business.
import { decodePairs } from "../records/pair-frames.ts";
import { definedJob } from "../code/defined-job.ts";
import { aftermath } from "../code/aftermath.ts";
import type { Functions } from "../code/combining-table.ts";
import { CodeReducer } from "../code/code-reducer.ts";
import { codeProblem } from "../code/code-problem.ts";
import { LateEmits } from "../code/late-emits.ts";
import { asAttempt, onStrayError } from "../code/stray-errors.ts";
import { Counters } from "../counters.ts";
import type { MapPlan } from "../map/mapper-of.ts";
import { mapperOf } from "../map/mapper-of.ts";
import type { Watch } from "../map/mapper.ts";
import { NO_RECORD } from "../map/mapper.ts";
import { RecordCursor, recordBytes, writeLength } from "../records/record-layout.ts";
import type { PairBytes } from "../records/pair-bytes.ts";
import { Groups } from "../reduce/groups.ts";
import { RegionWriter } from "../regions/region-writer.ts";
import { problemOf, TaskProblem } from "../task-problem.ts";
import { FROM_SANDBOX, TO_SANDBOX } from "./frames.ts";
import { garbageCollector } from "./garbage.ts";
import { lockDown } from "./lockdown.ts";
import { FrameReader, FrameWriter } from "./pipes.ts";
import type { WatchLimits } from "./watch.ts";
import { startWatch } from "./watch.ts";
import type { SandboxPlan } from "./sandbox-plan.ts";
import { rememberSurroundings } from "./surroundings.ts";

const OUTPUT_BYTES = 1 << 16;
/** A sandbox whose other side is gone. */
const DESERTED = 3;

const exit = process.exit.bind(process);
const reader = new FrameReader();
const writer = new FrameWriter();
/** Without those that the code itself wants nobody to wait for. Taken before the code finds another `process`. */
const resources = process.getActiveResourcesInfo.bind(process);
const timersRunning = (): number => resources().filter((kind) => kind === "Timeout" || kind === "Immediate").length;
let counters = new Counters();
let tidy = (): void => undefined;

function expect(kind: number): Buffer {
  const frame = reader.next();
  if (frame === null || frame.kind !== kind) return exit(DESERTED);
  return frame.payload;
}

/** The worker says where: it knows the file. */
function fail(error: unknown): void {
  const { reason, message, place } = problemOf(error, "the sandbox failed");
  writer.json(FROM_SANDBOX.failed, { reason, message, ...place });
}

/** One attempt after the other; the first that fails is the last. */
async function run(): Promise<void> {
  const limits = JSON.parse(expect(TO_SANDBOX.limits).toString()) as WatchLimits;
  const watch = startWatch(limits);
  tidy = garbageCollector(limits.memoryBytes);
  // An `import` that nobody waits for, above all.
  onStrayError((error) => {
    fail(codeProblem(error, {}));
    writer.flush();
    exit(0);
  });
  const load = lockDown((text) => {
    writer.write(FROM_SANDBOX.log, Buffer.from(text));
    writer.flush();
  });
  const isUntouched = rememberSurroundings();
  for (let frame = reader.next(); frame !== null; frame = reader.next()) {
    if (frame.kind !== TO_SANDBOX.plan) return exit(DESERTED);
    const plan = JSON.parse(frame.payload.toString()) as SandboxPlan;
    await asAttempt(() => serve(plan, { watch, load, isUntouched }));
  }
}

type Tools = {
  readonly watch: Watch;
  readonly load: (source: string) => Promise<unknown>;
  readonly isUntouched: () => boolean;
};

async function serve(plan: SandboxPlan, { watch, load, isUntouched }: Tools): Promise<void> {
  const bundle = expect(TO_SANDBOX.code).toString();
  counters = new Counters();
  watch.begin(NO_RECORD, 0);
  const functions = definedJob(await loaded(load, bundle));
  watch.end();
  writer.write(FROM_SANDBOX.loaded, Buffer.alloc(0));
  writer.flush();
  const timersBefore = timersRunning();
  const totals = plan.kind === "map" ? await map(plan.map, functions, watch) : await reduce(plan, functions, watch);
  // As with a promise, nobody knows whether it would emit; nobody waits for it either.
  if (timersRunning() > timersBefore)
    throw new TaskProblem("threw", `\`${plan.kind}\` left a timer running: it must have emitted everything when it returns`);
  writer.json(FROM_SANDBOX.done, { ...totals, counters: counters.all(), isUntouched: isUntouched() });
  writer.flush();
}

async function loaded(load: (source: string) => Promise<unknown>, bundle: string): Promise<unknown> {
  try {
    return await load(bundle);
  } catch (error) {
    throw codeProblem(error, {}, "badProgram");
  }
}

type Totals = { readonly skipped: number; readonly records: number };

async function map(plan: MapPlan, functions: Functions, watch: Watch): Promise<Totals> {
  const { mapper, buffer, settled, skipped, records } = mapperOf({ kind: "functions", functions }, plan, {
    openRun: () => openRun(plan.reduces),
    count: counters.count,
    watch,
  });
  for (;;) {
    const frame = reader.next();
    if (frame === null) return exit(DESERTED);
    const { kind, payload } = frame;
    if (kind === TO_SANDBOX.end) break;
    tidy();
    if (kind === TO_SANDBOX.whole) mapper.whole(payload);
    else if (kind === TO_SANDBOX.pairs) {
      const first = payload.readDoubleLE(0);
      for (const [i, pair] of decodePairs(payload.subarray(8)).pairs.entries()) mapper.pair(pair, first + i);
    } else mapper.lines({ bytes: payload, start: 8, end: payload.length, offset: payload.readDoubleLE(0) });
  }
  mapper.finish();
  await settled();
  buffer.finish();
  return { skipped: skipped(), records: records() };
}

function openRun(partitions: number): ReturnType<Parameters<typeof mapperOf>[2]["openRun"]> {
  const regions = new RegionWriter((bytes) => writer.write(FROM_SANDBOX.region, bytes));
  let finished = 0;
  const finishUntil = (partition: number): void => {
    for (; finished < partition; finished++) {
      const records = Buffer.allocUnsafe(8);
      records.writeDoubleLE(regions.finish().records);
      writer.write(FROM_SANDBOX.regionEnd, records);
    }
  };
  return {
    partition: finishUntil,
    record: (bytes, start, end) => regions.record(bytes, start, end),
    finish() {
      finishUntil(partitions);
      writer.write(FROM_SANDBOX.runEnd, Buffer.alloc(0));
    },
  };
}

async function reduce(plan: SandboxPlan & { readonly kind: "reduce" }, functions: Functions, watch: Watch): Promise<Totals> {
  const context = { count: counters.count, options: plan.parameters };
  const lateEmits = new LateEmits();
  const reducer = new CodeReducer({ functions, context, watch, lateEmits, skip: new Set(plan.skip) });
  const cursor = new RecordCursor(new Uint8Array(0));
  const groups = new Groups({
    next() {
      while (!cursor.next()) {
        const frame = reader.next();
        if (frame === null) return exit(DESERTED);
        if (frame.kind === TO_SANDBOX.end) return null;
        tidy();
        cursor.reset(frame.payload);
      }
      return cursor;
    },
  });
  const output = new PairFrames();
  while (groups.nextGroup()) reducer.reduce(groups, output.give);
  output.flush();
  await aftermath(watch, lateEmits);
  return { skipped: reducer.skipped, records: groups.records };
}

/** Pairs of the output, many to a frame. */
class PairFrames {
  #buffer = Buffer.allocUnsafe(OUTPUT_BYTES);
  #length = 0;

  readonly give = ({ bytes, keyEnd, valueEnd }: PairBytes): void => {
    const length = recordBytes(keyEnd, valueEnd - keyEnd);
    if (this.#length + length > this.#buffer.length) {
      this.flush();
      if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(length);
    }
    const at = writeLength(this.#buffer, writeLength(this.#buffer, this.#length, keyEnd), valueEnd - keyEnd);
    bytes.copy(this.#buffer, at, 0, valueEnd);
    this.#length = at + valueEnd;
  };

  flush(): void {
    if (this.#length > 0) writer.write(FROM_SANDBOX.output, this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}

try {
  await run();
} catch (error) {
  fail(error);
}
writer.flush();
exit(0);
