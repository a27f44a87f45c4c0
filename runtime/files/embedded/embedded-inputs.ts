// `files:` inputs: a file of the embedded store, or all below a folder.
import type { InputSplit } from "../../../core/mapreduce/assignment.ts";
import type { InputFile } from "../../../core/mapreduce/report.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { InputKind } from "../inputs.ts";
import { packingOf } from "../inputs.ts";
import { pathOf, urlOf } from "./file-keys.ts";
import type { FileStore } from "./file-store.ts";
import type { StoredFile } from "./held.ts";

export class EmbeddedInputs implements InputKind {
  readonly #files: FileStore;

  constructor(files: FileStore) {
    this.#files = files;
  }

  async list(url: string): Promise<readonly InputFile[]> {
    const path = pathOf(url);
    const single = await this.#files.find(path);
    if (single !== null) return [described(single)];
    const found: StoredFile[] = [];
    for await (const files of this.#files.list(`${path}/`)) found.push(...files.filter((each) => !isHidden(each.path.slice(path.length))));
    if (found.length === 0) throw new TaskProblem("missingInput", `${url} does not exist`);
    return found.map(described);
  }

  async *read({ url, etag }: InputSplit, from: number): AsyncGenerator<Buffer> {
    const file = await this.#files.find(pathOf(url));
    if (file === null) throw new TaskProblem("missingInput", `${url} does not exist any more`, { file: url });
    if (etag !== null && file.upload !== etag)
      throw new TaskProblem("inputChanged", "it was changed after the job had looked at it", { file: url });
    yield* this.#files.read(file, from);
  }
}

const isHidden = (path: string): boolean => /\/[._]/.test(path);

function described({ path, length, upload }: StoredFile): InputFile {
  return { url: urlOf(path), length, etag: upload, nodes: [], ...packingOf(path) };
}
