// What the tasks of each worker of a local cluster may use. A worker that is told nothing takes the machine for its own; here several share it with
// all other processes of the cluster. Pure.
import { DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";

/** What a process uses that is no task. */
const PROCESS_BYTES = 128 << 20;
/** One attempt of a job that asks for nothing else, with its code apart: a worker that has less is of no use. */
const LEAST_BYTES = 2 * DEFAULT_OPTIONS.memoryBytes;

export type Sharing = {
  /** What the machine has, or the container. */
  readonly memoryBytes: number;
  /** Of the whole cluster, workers included. */
  readonly processes: number;
  readonly workers: number;
};

export function taskMemoryOf({ memoryBytes, processes, workers }: Sharing): number {
  return Math.max(LEAST_BYTES, Math.floor((memoryBytes - processes * PROCESS_BYTES) / workers));
}
