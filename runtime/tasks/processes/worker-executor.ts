// Puts the executor of a worker together.
import type { FileKinds, TaskSettings } from "./machine-environment.ts";
import { codeDirectory, outputsOf } from "./machine-environment.ts";
import { MapOutputs } from "../map/map-outputs.ts";
import { Adopter } from "../shuffle/adopter.ts";
import { RegionServer } from "../shuffle/region-server.ts";
import type { FetchCode } from "./code-files.ts";
import { CodeFiles } from "./code-files.ts";
import { OutputNotes } from "./output-notes.ts";
import { ProcessExecutor } from "./process-executor.ts";

export type WorkerExecutorOptions = {
  readonly settings: TaskSettings;
  /** The program of a task's process, and the environment variables that it gets. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly fetchCode: FetchCode;
  /** For discarding what was written to other places than files. */
  readonly outputs: FileKinds["outputs"];
};

export type WorkerExecutor = { readonly executor: ProcessExecutor<TaskSettings>; readonly regions: RegionServer };

export function createWorkerExecutor({ settings, program, environment, fetchCode, outputs }: WorkerExecutorOptions): WorkerExecutor {
  const mapOutputs = new MapOutputs(settings.scratch);
  const regions = new RegionServer(mapOutputs);
  const adopter = new Adopter(mapOutputs, settings.peerHeaders);
  const executor = new ProcessExecutor<TaskSettings>({
    program: { path: program, settings, environment },
    mapOutputs,
    codeFiles: new CodeFiles(codeDirectory(settings.scratch), fetchCode),
    outputNotes: new OutputNotes(mapOutputs, outputsOf(settings, outputs)),
    adopt: (job, source) => adopter.adopt(job, source),
    onForget: (job) => regions.forget(job),
  });
  return { executor, regions };
}
