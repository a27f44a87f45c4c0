// `files:` outputs: parts in the embedded store. Attempts upload their bytes, publishing says which upload is which part, and when the last
// part is known one transaction makes files of all of them.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type {
  FinishAssignment,
  ListAssignment,
  OutputFile,
  PublishAssignment,
  ReduceAssignment,
} from "../../../core/mapreduce/assignment.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";
import { LocalPart } from "../local-part.ts";
import type { OnSent, OutputKind, OutputWriter } from "../outputs.ts";
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

  async check({ description }: ListAssignment): Promise<void> {
    const { output, reduces } = description;
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

  async begin({ job, task }: ReduceAssignment, directory: string): Promise<OutputWriter> {
    const name = partName(task);
    const writer = new LocalPart(join(directory, name), async ({ path, bytes, checksum }, onSent) => {
      const { upload, ...sent } = await this.#files.upload({ job, source: counted(createReadStream(path), onSent) });
      if (sent.length !== bytes || sent.checksum !== checksum)
        throw new TaskProblem("internal", `${name}: what was read again from this worker's disk is not what was written there`);
      return { name, temporary: upload, bytes, checksum };
    });
    return Promise.resolve(writer);
  }

  async publish({ job, files, description }: PublishAssignment): Promise<void> {
    const folder = pathOf(description.output);
    for (const { name, temporary, bytes, checksum } of files)
      await this.#files.makeReady(this.#files.fileOf(`${folder}/${name}`, { upload: temporary, length: bytes, checksum }));
    // All parts are looked at only when so many have been made ready: each publishing looks at its own.
    if ((await this.#files.readyOf(job)) >= description.reduces) await this.#showWhenWhole(job, description.reduces);
  }

  async finish({ job, succeeded, reduces }: FinishAssignment): Promise<void> {
    if (succeeded) await this.#showWhenWhole(job, reduces);
    for (const { upload, why, text, ...held } of await this.#files.held())
      if (held.job === job && why === "upload") await this.#files.drop(upload, text);
  }

  async discard({ temporary }: OutputFile): Promise<void> {
    for (const { upload, why, text, ready } of await this.#files.held())
      if (upload === temporary && why === "upload" && ready === null) await this.#files.drop(upload, text);
  }

  async #showWhenWhole(job: string, reduces: number): Promise<void> {
    const held = await this.#files.held();
    const ready = held.flatMap((each) => (each.job === job && each.why === "upload" && each.ready !== null ? [each.ready] : []));
    if (ready.length === reduces) await this.#files.show(ready, { mayReplace: false });
  }
}

/** What is asked for again was sent. */
async function* counted(source: AsyncIterable<Uint8Array>, onSent: OnSent): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    yield piece;
    await onSent(piece.length);
  }
}
