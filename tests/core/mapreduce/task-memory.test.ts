import type { Assignment } from "../../../core/mapreduce/assignment.ts";
import type { JobOptions, Program } from "../../../core/mapreduce/job.ts";
import { DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import { attemptMemory } from "../../../core/mapreduce/task-memory.ts";
import { describeJob } from "../coordinator/a-coordinator.ts";

const MIB = 1 << 20;
const APP: Program = { kind: "app", name: "sort" };
const CODE: Program = { kind: "code", hash: "h" };

function work(program: Program, options: Partial<JobOptions>, phase: Assignment["phase"] = "map") {
  return { phase, description: { ...describeJob(), program, options: { ...DEFAULT_OPTIONS, ...options } } };
}

test.each([
  { name: "an app", of: work(APP, { memoryBytes: 256 * MIB }), mebibytes: 256 },
  { name: "what a process needs at least", of: work(APP, { memoryBytes: 16 * MIB }), mebibytes: 192 },
  { name: "code in a process of its own", of: work(CODE, { memoryBytes: 256 * MIB }), mebibytes: 512 },
  { name: "little code in a process of its own", of: work(CODE, { memoryBytes: 16 * MIB }), mebibytes: 208 },
  { name: "code without isolation", of: work(CODE, { memoryBytes: 256 * MIB, isolation: "none" }), mebibytes: 256 },
  { name: "publishing what code has made", of: work(CODE, { memoryBytes: 256 * MIB }, "publish"), mebibytes: 256 },
])("what an attempt may use: $name", ({ of, mebibytes }) => {
  expect(attemptMemory(of)).toBe(mebibytes * MIB);
});
