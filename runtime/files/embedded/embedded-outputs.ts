// `files:` outputs: parts in the embedded store. Attempts upload their bytes, publishing says which upload is which part, and when the last
// part is known one transaction makes files of all of them.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { FinishAssignment, OutputFile, PublishAssignment, ReduceAssignment } from "../../../core/mapreduce/assignment.ts";
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";
import { LocalPart } from "../local-part.ts";
import type { OutputKind, OutputWriter } from "../outputs.ts";
import { partName } from "../outputs.ts";
import { pathOf } from "./file-keys.ts";
import type { FileStore } from "./file-store.ts";

/** So many fit into one transaction. */
const PARTS_MAX = 300;

export class EmbeddedOutputs implements OutputKind {
  readonly #files: FileStore;

  constructor(files: FileStore) {
    this.#files = files;
  }

  async check({ output, reduces }: JobDescription): Promise<void> {
    const path = pathOf(output);
    if (reduces > PARTS_MAX)
      throw new TaskProblem(
        "badUrl",
        `an output in files: has at most ${String(PARTS_MAX)} parts, and this job has ${String(reduces)} reduces`,
      );
    const below = await this.#files.list(`${path}/`).next();
    const isEmpty = below.done === true || below.value.length === 0;
    if (!isEmpty || (await this.#files.find(path)) !== null)
      throw new TaskProblem("outputExists", `${output} exists already: choose another output, or remove it`);
  }

  async begin({ task, description }: ReduceAssignment, directory: string): Promise<OutputWriter> {
    const name = partName(task);
    const writer = new LocalPart(join(directory, name), async ({ path, bytes, checksum }) => {
      const { upload } = await this.#files.upload({ job: description.id, source: createReadStream(path) });
      return { name, temporary: upload, bytes, checksum };
    });
    return Promise.resolve(writer);
  }

  async publish({ files, description }: PublishAssignment): Promise<void> {
    const folder = pathOf(description.output);
    for (const { name, temporary, bytes, checksum } of files)
      await this.#files.makeReady(this.#files.fileOf(`${folder}/${name}`, { upload: temporary, length: bytes, checksum }));
    // All parts are looked at only when so many have been made ready: each publishing looks at its own.
    if ((await this.#files.readyOf(description.id)) >= description.reduces) await this.#showWhenWhole(description);
  }

  async finish({ succeeded, description }: FinishAssignment): Promise<void> {
    if (succeeded) await this.#showWhenWhole(description);
    for (const { upload, job, why, text } of await this.#files.held())
      if (job === description.id && why === "upload") await this.#files.drop(upload, text);
  }

  async discard({ temporary }: OutputFile): Promise<void> {
    for (const { upload, why, text, ready } of await this.#files.held())
      if (upload === temporary && why === "upload" && ready === null) await this.#files.drop(upload, text);
  }

  async #showWhenWhole({ id, reduces }: JobDescription): Promise<void> {
    const held = await this.#files.held();
    const ready = held.flatMap((each) => (each.job === id && each.why === "upload" && each.ready !== null ? [each.ready] : []));
    if (ready.length === reduces) await this.#files.show(ready, { mayReplace: false });
  }
}
