// One job's output, attempt by attempt, for tests of the kinds of outputs.
import { join } from "node:path";
import type { OutputFile } from "../../../core/mapreduce/assignment.ts";
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import { asJob, DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import { runName } from "../../../core/mapreduce/job-keys.ts";
import type { OnSent, OutputKind } from "../../../runtime/files/outputs.ts";
import { PairBytes } from "../../../runtime/tasks/records/pair-bytes.ts";

export function describeOutput(output: string, more: Partial<JobDescription> = {}): JobDescription {
  const program = { kind: "app", name: "sort" } as const;
  return { id: asJob("job-1"), program, inputs: [], output, reduces: 2, splitBytes: 1, options: DEFAULT_OPTIONS, ...more };
}

export class AnOutput {
  readonly #kind: OutputKind;
  readonly #directory: string;
  readonly description: JobDescription;
  /** Told while an attempt sends its part. */
  onSent: OnSent = () => Promise.resolve();

  constructor(kind: OutputKind, directory: string, description: JobDescription) {
    this.#kind = kind;
    this.#directory = directory;
    this.description = description;
  }

  #named(task: number, attempt: number) {
    return { job: runName(this.description.id, "000000000001"), task, attempt, description: this.description };
  }

  check(): Promise<void> {
    return this.#kind.check({ ...this.#named(0, 1), phase: "list" });
  }

  async write(task: number, attempt: number, pairs: Readonly<Record<string, string>>): Promise<OutputFile> {
    const assignment = { ...this.#named(task, attempt), phase: "reduce", maps: 0, sources: [], skip: [] } as const;
    const writer = await this.#kind.begin(assignment, join(this.#directory, `${String(task)}-${String(attempt)}`));
    for (const [key, value] of Object.entries(pairs)) {
      if (writer.pair === undefined) writer.write(Buffer.from(`${key}\t${value}\n`));
      else writer.pair(new PairBytes().keyText(key).valueText(value));
    }
    return writer.finish(this.onSent);
  }

  publish(task: number, winner: number, file: OutputFile): Promise<void> {
    return this.#kind.publish({ ...this.#named(task, 1), phase: "publish", winner, files: [file] });
  }

  finish(succeeded: boolean): Promise<void> {
    return this.#kind.finish({ ...this.#named(0, 1), phase: "finish", reduces: this.description.reduces, succeeded });
  }

  discard(file: OutputFile): Promise<void> {
    return this.#kind.discard(file, this.description.output);
  }
}
