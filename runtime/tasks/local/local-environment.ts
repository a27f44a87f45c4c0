// What tasks need when nothing is around them: files, and no other workers.
import { FileInputs } from "../../files/file-inputs.ts";
import { FileOutputs } from "../../files/file-outputs.ts";
import { Inputs } from "../../files/inputs.ts";
import { Outputs } from "../../files/outputs.ts";
import { Roots } from "../../files/roots.ts";
import type { Functions } from "../code/combining-table.ts";
import { MapOutputs } from "../map/map-outputs.ts";
import { UNWATCHED } from "../map/mapper.ts";
import { Sandboxes } from "../sandbox/sandboxes.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { RECORD_BYTES_MAX } from "../task-environment.ts";
import { TaskProblem } from "../task-problem.ts";

export type LocalOptions = {
  readonly scratch: string;
  readonly roots: readonly string[];
  /** The code of the job, where it is no built-in app; it runs in this process, where a debugger sees it. */
  readonly functions?: Functions;
};

const HERE = "local:";

export function localEnvironment({ scratch, roots, functions }: LocalOptions): TaskEnvironment {
  const allowed = new Roots(roots);
  return {
    inputs: new Inputs({ file: new FileInputs(allowed) }),
    outputs: new Outputs({ file: new FileOutputs(allowed) }),
    mapOutputs: new MapOutputs(scratch),
    fetchRegion: ({ source }) => Promise.reject(new TaskProblem("internal", `there is no worker at ${source.origin}`)),
    origin: HERE,
    sandboxes: new Sandboxes({ path: "", readable: [] }, 0),
    trustsJobs: true,
    loadCode: () => Promise.resolve(""),
    importCode: () =>
      functions === undefined ? Promise.reject(new TaskProblem("badProgram", "there is no code")) : Promise.resolve(functions),
    keepNote: () => undefined,
    // Whoever looks at a call with a debugger takes the time that it needs.
    watchCalls: () => UNWATCHED,
    recordBytesMax: RECORD_BYTES_MAX,
  };
}
