// A part of the output on the worker's own disk, for targets that take it as a whole: what is written may come in any pace, memory stays small,
// and an attempt that fails in the middle has sent nothing.
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import type { OutputFile } from "../../core/mapreduce/assignment.ts";
import { FileAppender } from "../tasks/regions/file-appender.ts";
import type { OnSent, OutputWriter } from "./outputs.ts";

export type LocalFile = { readonly path: string; readonly bytes: number; readonly checksum: string };

export type SendPart = (file: LocalFile, onSent: OnSent) => Promise<OutputFile>;

export class LocalPart implements OutputWriter {
  readonly #file: FileAppender;
  readonly #send: SendPart;
  #checksum = 0;

  constructor(path: string, send: SendPart) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = new FileAppender(path);
    this.#send = send;
  }

  write(bytes: Buffer): void {
    this.#checksum = crc32(bytes, this.#checksum);
    this.#file.append(bytes);
  }

  async finish(onSent: OnSent = () => Promise.resolve()): Promise<OutputFile> {
    const { path, length: bytes } = this.#file;
    this.#file.commit({ isDurable: false });
    const file = await this.#send({ path, bytes, checksum: this.#checksum.toString(16) }, onSent);
    rmSync(path, { force: true });
    return file;
  }

  abort(): void {
    this.#file.abort();
    rmSync(this.#file.path, { force: true });
  }
}
