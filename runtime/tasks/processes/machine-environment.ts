// The environment of tasks on a worker, made from settings that came as JSON.
import { join } from "node:path";
import { FileInputs } from "../../files/file-inputs.ts";
import { FileOutputs } from "../../files/file-outputs.ts";
import { HttpInputs } from "../../files/http-inputs.ts";
import type { InputKind } from "../../files/inputs.ts";
import { Inputs } from "../../files/inputs.ts";
import type { OutputKind } from "../../files/outputs.ts";
import { Outputs } from "../../files/outputs.ts";
import { Roots } from "../../files/roots.ts";
import { definedJob } from "../code/defined-job.ts";
import { codeProblem } from "../code/code-problem.ts";
import { CODE_FOLDER, MapOutputs } from "../map/map-outputs.ts";
import { httpRegions } from "../reduce/http-regions.ts";
import type { SandboxProgram } from "../sandbox/sandbox.ts";
import { Sandboxes } from "../sandbox/sandboxes.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { TaskProblem } from "../task-problem.ts";
import { watchCalls } from "./call-watch.ts";
import { readCode } from "./code-files.ts";
import { OutputNotes } from "./output-notes.ts";

export type TaskSettings = {
  /** Of this worker alone, and kept over restarts. */
  readonly scratch: string;
  /** Where reducers find this worker. */
  readonly origin: string;
  /** What `file:` may reach. */
  readonly fileRoots: readonly string[];
  /** The hosts that `http:` and `https:` inputs may name; without, none. */
  readonly httpHosts?: readonly string[];
  readonly trustsJobs: boolean;
  readonly recordBytesMax: number;
  readonly sandbox: SandboxProgram;
  /** By which workers know each other. */
  readonly peerHeaders: Readonly<Record<string, string>>;
};

/** Further kinds of URLs, by scheme. */
export type FileKinds = {
  readonly inputs: Readonly<Record<string, InputKind>>;
  readonly outputs: Readonly<Record<string, OutputKind>>;
};

export function codeDirectory(scratch: string): string {
  return join(scratch, CODE_FOLDER);
}

export function outputsOf({ fileRoots }: Pick<TaskSettings, "fileRoots">, kinds: FileKinds["outputs"]): Outputs {
  return new Outputs({ file: new FileOutputs(new Roots(fileRoots)), ...kinds });
}

export function machineEnvironment(settings: TaskSettings, kinds: FileKinds): TaskEnvironment {
  const { scratch, origin, fileRoots, httpHosts = [], trustsJobs, recordBytesMax, sandbox, peerHeaders } = settings;
  const http = new HttpInputs(httpHosts);
  const mapOutputs = new MapOutputs(scratch);
  const outputs = outputsOf(settings, kinds.outputs);
  const notes = new OutputNotes(mapOutputs, outputs);
  return {
    ...{ origin, trustsJobs, recordBytesMax, mapOutputs, outputs, watchCalls },
    inputs: new Inputs({ file: new FileInputs(new Roots(fileRoots)), http, https: http, ...kinds.inputs }),
    sandboxes: new Sandboxes(sandbox),
    fetchRegion: httpRegions(peerHeaders),
    loadCode: async (hash) => {
      const bundle = readCode(codeDirectory(scratch), hash);
      if (bundle === null) throw new TaskProblem("internal", `the code ${hash} is not on this worker`);
      return Promise.resolve(bundle);
    },
    importCode: async (bundle) => definedJob(await imported(bundle)),
    keepNote: (attempt, note) => notes.keep(attempt, note),
  };
}

let loads = 0;

/** Without isolation. Another address is another module: what an earlier attempt has left in its variables is not there. */
async function imported(bundle: string): Promise<unknown> {
  try {
    return (await import(`data:text/javascript;base64,${Buffer.from(bundle).toString("base64")}#${String(++loads)}`)) as unknown;
  } catch (error) {
    throw codeProblem(error, {}, "badProgram");
  }
}
