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

export type WorkerExecutorOptions<Settings extends TaskSettings> = {
  readonly settings: Settings;
  /** What all tasks together may use. */
  readonly memoryBytes: number;
  /** The program of a task's process, and the environment variables that it gets. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly fetchCode: FetchCode;
  /** For discarding what was written to other places than files. */
  readonly outputs: FileKinds["outputs"];
};

export type WorkerExecutor<Settings extends TaskSettings = TaskSettings> = {
  readonly executor: ProcessExecutor<Settings>;
  readonly regions: RegionServer;
};

export function createWorkerExecutor<Settings extends TaskSettings>(options: WorkerExecutorOptions<Settings>): WorkerExecutor<Settings> {
  const { settings, memoryBytes, program, environment, fetchCode, outputs } = options;
  const mapOutputs = new MapOutputs(settings.scratch);
  const regions = new RegionServer(mapOutputs);
  const adopter = new Adopter(mapOutputs, settings.peerHeaders);
  const executor = new ProcessExecutor<Settings>({
    program: { path: program, settings, environment },
    memoryBytes,
    mapOutputs,
    codeFiles: new CodeFiles(codeDirectory(settings.scratch), fetchCode),
    outputNotes: new OutputNotes(mapOutputs, outputsOf(settings, outputs)),
    adopt: (job, source) => adopter.adopt(job, source),
    onForget: (job) => regions.forget(job),
  });
  return { executor, regions };
}
