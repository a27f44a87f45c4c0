// Backups below a prefix of a bucket. One that is being written is an upload in parts, which nobody sees until it is completed.
import type { ObjectName, S3Client } from "../../../runtime/files/s3/s3-client.ts";
import { urlOf } from "../../../runtime/files/s3/s3-client.ts";
import { Trouble } from "../trouble.ts";
import type { BackupHome } from "./backup-home.ts";
import type { Packed } from "./backup-writing.ts";

/** At least 5 MiB, and at most 10,000 of them: a backup has up to 160 GB. */
const PART_BYTES = 16 << 20;

export type S3HomeOptions = {
  readonly s3: S3Client;
  /** Its key ends with a slash, or is empty. */
  readonly folder: ObjectName;
  readonly partBytes?: number;
};

export class S3Home implements BackupHome {
  readonly #s3: S3Client;
  readonly #folder: ObjectName;
  readonly #partBytes: number;

  constructor({ s3, folder, partBytes = PART_BYTES }: S3HomeOptions) {
    this.#s3 = s3;
    this.#folder = folder;
    this.#partBytes = partBytes;
  }

  shown(name: string): string {
    return urlOf(this.#object(name));
  }

  async names(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const objects of this.#s3.list(this.#folder)) names.push(...objects.map(({ key }) => this.#nameIn(key)));
    return names;
  }

  async has(name: string): Promise<boolean> {
    return (await this.#s3.head(this.#object(name))) !== null;
  }

  async keep(name: string, packed: Packed): Promise<number> {
    const object = this.#object(name);
    const upload = await this.#s3.beginUpload(object);
    try {
      const { bytes, parts } = await this.#send({ object, upload }, packed);
      await this.#complete({ object, upload }, { bytes, parts });
      return bytes;
    } catch (error) {
      // What can't be given up now is when a later backup cleans up.
      await this.#s3.abortUpload(object, upload).catch(() => undefined);
      throw error;
    }
  }

  read(name: string): Packed {
    return this.#s3.read(this.#object(name), { from: 0, etag: null });
  }

  remove(name: string): Promise<void> {
    return this.#s3.remove(this.#object(name));
  }

  async removeUnfinished(isAbandoned: (name: string) => boolean): Promise<void> {
    for (const { key, upload } of await this.#s3.uploads(this.#folder))
      if (isAbandoned(this.#nameIn(key))) await this.#s3.abortUpload({ ...this.#folder, key }, upload);
  }

  async #send({ object, upload }: Upload, packed: Packed): Promise<Sent> {
    let [bytes, parts, held] = [0, 0, 0];
    let pieces: Buffer[] = [];
    const send = async (): Promise<void> => {
      await this.#s3.uploadPart(object, { upload, number: ++parts, bytes: Buffer.concat(pieces) });
      [pieces, held] = [[], 0];
    };
    for await (const piece of packed) {
      pieces.push(piece);
      [bytes, held] = [bytes + piece.length, held + piece.length];
      if (held >= this.#partBytes) await send();
    }
    if (held > 0) await send();
    return { bytes, parts };
  }

  async #complete({ object, upload }: Upload, { bytes, parts }: Sent): Promise<void> {
    const there = await this.#s3.parts(object, upload);
    if (there?.length === parts && (await this.#s3.completeUpload(object, upload, there))) return;
    // It was completed, and the answer was lost.
    if ((await this.#s3.head(object))?.length === bytes) return;
    throw new Trouble(`${urlOf(object)}: the server does not have all that was sent there`, "try again");
  }

  #object(name: string): ObjectName {
    return { ...this.#folder, key: this.#folder.key + name };
  }

  #nameIn(key: string): string {
    return key.slice(this.#folder.key.length);
  }
}

type Upload = { readonly object: ObjectName; readonly upload: string };
type Sent = { readonly bytes: number; readonly parts: number };
