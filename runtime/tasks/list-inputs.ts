// The first task of a job: which files its inputs are, and that its output may be written. For the range partitioner it also looks at a few
// pieces of the inputs and cuts the keys that it finds there into equal parts.
import type { ListAssignment } from "../../core/mapreduce/assignment.ts";
import type { AttemptResult, InputFile } from "../../core/mapreduce/report.ts";
import { compareBytes } from "./records/byte-order.ts";
import { forEachLine, LineSplitter } from "./records/line-splitter.ts";
import type { TaskEnvironment } from "./task-environment.ts";
import { TaskProblem } from "./task-problem.ts";

const FILES_MAX = 1_000_000;
const SAMPLES = 64;
const SAMPLE_BYTES = 1 << 16;
/** Of all cuts together: they are kept with the job, and each map is told them. The beginning of a key cuts as well as all of it. */
const CUTS_BYTES_MAX = 1 << 18;

export async function listInputs(assignment: ListAssignment, environment: TaskEnvironment): Promise<AttemptResult> {
  const { description } = assignment;
  const { inputs, options, reduces } = description;
  await environment.outputs.check(assignment);
  const files: InputFile[] = [];
  for (const input of inputs) {
    for (const file of await environment.inputs.list(input, { splitBytes: description.splitBytes }))
      files.push({ ...file, splittable: file.splittable && options.inputFormat !== "whole" });
    if (files.length > FILES_MAX) throw new TaskProblem("badInput", `the inputs are more than ${String(FILES_MAX)} files`);
  }
  const boundaries = options.partitioner === "range" && reduces > 1 ? await sampled(files, { environment, reduces }) : null;
  return { kind: "listed", files, boundaries };
}

type Sampling = { readonly environment: TaskEnvironment; readonly reduces: number };

/** The first keys of the second part and of those behind it, as base64. Keys are lines: that is what is sorted by ranges. */
async function sampled(files: readonly InputFile[], { environment, reduces }: Sampling): Promise<readonly string[]> {
  const total = files.reduce((sum, { length }) => sum + length, 0);
  const keys: Buffer[] = [];
  for (const [file, offset] of samplePlaces(files, total)) {
    if (file.compression !== "none" || environment.inputs.pairs({ ...file, offset, fileLength: file.length }) !== null) continue;
    const length = Math.min(SAMPLE_BYTES, file.length - offset);
    const split = { ...file, offset, length, fileLength: file.length };
    const splitter = new LineSplitter({
      ...{ input: file.url, start: offset, end: offset + length, recordBytesMax: environment.recordBytesMax },
      visit: (block) => forEachLine(block, (from, to) => void keys.push(Buffer.from(block.bytes.subarray(from, to)))),
    });
    for await (const piece of environment.inputs.read(split, Math.max(0, offset - 1))) if (!splitter.push(piece)) break;
    splitter.finish();
  }
  keys.sort(compareBytes);
  if (keys.length === 0) return [];
  const cuts = Array.from({ length: reduces - 1 }, (_, i) => keys[Math.floor(((i + 1) * keys.length) / reduces)] as Buffer);
  return cuts.map((cut) => cut.subarray(0, Math.floor(CUTS_BYTES_MAX / reduces)).toString("base64"));
}

/** Spread evenly over all bytes. */
function samplePlaces(files: readonly InputFile[], total: number): readonly (readonly [InputFile, number])[] {
  const places: [InputFile, number][] = [];
  let before = 0;
  const step = Math.max(1, total / SAMPLES);
  let next = step / 2;
  for (const file of files) {
    for (; next < before + file.length; next += step) places.push([file, file.splittable ? Math.floor(next - before) : 0]);
    before += file.length;
  }
  return places;
}
