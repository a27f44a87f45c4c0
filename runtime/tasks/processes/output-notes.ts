// Which files a reduce attempt wrote, kept beside the map outputs of its job: whoever discards the attempt knows its name alone.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AttemptName, OutputFile } from "../../../core/mapreduce/assignment.ts";
import type { Outputs } from "../../files/outputs.ts";
import type { MapOutputs } from "../map/map-outputs.ts";

type Note = { readonly output: string; readonly files: readonly OutputFile[] };

export class OutputNotes {
  readonly #mapOutputs: MapOutputs;
  readonly #outputs: Outputs;

  constructor(mapOutputs: MapOutputs, outputs: Outputs) {
    this.#mapOutputs = mapOutputs;
    this.#outputs = outputs;
  }

  keep(attempt: AttemptName, note: Note): void {
    this.#mapOutputs.directoryOf(attempt.job);
    writeFileSync(this.#pathOf(attempt), JSON.stringify(note));
  }

  async discard(attempt: AttemptName): Promise<void> {
    const path = this.#pathOf(attempt);
    const note = readNote(path);
    if (note === null) return;
    for (const file of note.files) await this.#outputs.discard(file, note.output);
    rmSync(path, { force: true });
  }

  #pathOf({ job, task, attempt }: AttemptName): string {
    return join(this.#mapOutputs.pathOfJob(job), `reduce-${String(task)}-${String(attempt)}.json`);
  }
}

function readNote(path: string): Note | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Note;
  } catch {
    return null;
  }
}
