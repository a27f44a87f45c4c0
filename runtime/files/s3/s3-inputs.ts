// `s3:` inputs: an object, or all below a folder. Of the output of a job, those that its manifest names; while it is written, none.
import type { InputSplit } from "../../../core/mapreduce/assignment.ts";
import type { InputFile } from "../../../core/mapreduce/report.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { InputKind } from "../inputs.ts";
import { packingOf } from "../inputs.ts";
import { decodeManifest, MANIFEST, RESERVATION } from "./manifest.ts";
import type { ObjectFacts, S3Client } from "./s3-client.ts";
import { urlOf } from "./s3-client.ts";
import { folderOf, objectOf } from "./s3-url.ts";

export class S3Inputs implements InputKind {
  readonly #s3: S3Client;

  constructor(s3: S3Client) {
    this.#s3 = s3;
  }

  async list(url: string): Promise<readonly InputFile[]> {
    const name = objectOf(url);
    const described = (facts: ObjectFacts): InputFile => describe(name.bucket, facts);
    const single = name.key === "" || name.key.endsWith("/") ? null : await this.#s3.head(name);
    if (single !== null) return [described(single)];
    const folder = folderOf(url);
    const all: ObjectFacts[] = [];
    for await (const objects of this.#s3.list(folder)) all.push(...objects);
    const nameOf = ({ key }: ObjectFacts): string => key.slice(folder.key.length);
    const has = (wanted: string): boolean => all.some((each) => nameOf(each) === wanted);
    if (has(RESERVATION) && !has(MANIFEST)) throw new TaskProblem("missingInput", `${url} is still being written by a job`);
    const found = all.filter((each) => !isHidden(nameOf(each)));
    if (found.length === 0) throw new TaskProblem("missingInput", `${url} does not exist`);
    const manifest = has(MANIFEST) ? decodeManifest(await this.#s3.text({ ...folder, key: folder.key + MANIFEST })) : null;
    if (manifest === null) return found.map(described);
    return manifest.map((part) => {
      const object = found.find((each) => nameOf(each) === part);
      if (object === undefined) throw new TaskProblem("missingInput", `${url}: ${part} is not there, and ${MANIFEST} names it`);
      return described(object);
    });
  }

  read({ url, etag }: InputSplit, from: number): AsyncIterable<Buffer> {
    return this.#s3.read(objectOf(url), { from, etag });
  }
}

/** Folders that some tools make are objects, too. */
const isHidden = (name: string): boolean => name === "" || name.endsWith("/") || name.split("/").some((part) => /^[._]/.test(part));

function describe(bucket: string, { key, length, etag }: ObjectFacts): InputFile {
  if (!Number.isSafeInteger(length)) throw new TaskProblem("badInput", `${urlOf({ bucket, key })}: S3 does not say how long it is`);
  return { url: urlOf({ bucket, key }), length, etag: etag === "" ? null : etag, nodes: [], ...packingOf(key) };
}
