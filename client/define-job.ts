// `defineJob`: what a job file exports. It changes nothing; it is there so that the compiler knows what the functions are called with.
import type { JobFunctions } from "../core/mapreduce/job-functions.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what `map` emits and `reduce` adds up, only the job knows
type Anything = any;

/** `Value`: what the records of the input are; text, unless its format is `jsonLines`. */
export function defineJob<Value = string, Middle = Anything>(job: JobFunctions<Value, Middle>): JobFunctions<Value, Middle> {
  return job;
}

export type { Emit, JobFunctions, JobRecord, TaskContext } from "../core/mapreduce/job-functions.ts";
