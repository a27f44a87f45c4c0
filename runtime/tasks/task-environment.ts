// What a task needs from the machine around it.
import type { JobFunctions } from "../../core/mapreduce/job-functions.ts";
import type { Inputs } from "../files/inputs.ts";
import type { Outputs } from "../files/outputs.ts";
import type { MapOutputs } from "./map/map-outputs.ts";
import type { Watch } from "./map/mapper.ts";
import type { OutputNotes } from "./processes/output-notes.ts";
import type { FetchRegion } from "./reduce/region-fetcher.ts";
import type { Sandboxes } from "./sandbox/sandboxes.ts";

export type TaskEnvironment = {
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  readonly mapOutputs: MapOutputs;
  readonly fetchRegion: FetchRegion;
  /** Where reducers find the map outputs of this worker. */
  readonly origin: string;
  readonly sandboxes: Sandboxes;
  /** Whether code may run without isolation. */
  readonly trustsJobs: boolean;
  /** A job's bundle by its hash. */
  readonly loadCode: (hash: string) => Promise<string>;
  /** Code without isolation, in this very process. */
  readonly importCode: (bundle: string) => Promise<JobFunctions<unknown, unknown>>;
  /** What a reduce attempt wrote, so that it can be discarded by its name. */
  readonly keepNote: OutputNotes["keep"];
  /** Around calls of code in this very process, none of which may take longer. */
  readonly watchCalls: (callMsMax: number) => Watch;
  /** A record, a line above all, that is longer than this is refused. */
  readonly recordBytesMax: number;
};

export const RECORD_BYTES_MAX = 64 << 20;
