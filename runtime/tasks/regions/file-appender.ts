// Writes a file from its beginning to its end under a temporary name, in large pieces, and gives it its name when it is whole. On any
// trouble, a full disk above all, nothing of it stays.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { problemOf } from "../task-problem.ts";

const BUFFER_BYTES = 1 << 18;

export class FileAppender {
  readonly path: string;
  readonly #temporary: string;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #buffered = 0;
  #written = 0;
  #file: number | null;

  constructor(path: string) {
    this.path = path;
    this.#temporary = `${path}.${String(process.pid)}.tmp`;
    this.#file = guarded(path, () => openSync(this.#temporary, "w"));
  }

  /** Of the bytes that were appended. */
  get length(): number {
    return this.#written + this.#buffered;
  }

  append(bytes: Uint8Array): void {
    if (this.#buffered + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length > BUFFER_BYTES) {
      this.#write(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  /** `isDurable`: after a loss of power the file is there whole, if it is there at all. */
  commit({ isDurable }: { readonly isDurable: boolean }): void {
    this.#flush();
    this.#guarded((file) => {
      if (isDurable) fsyncSync(file);
      closeSync(file);
      this.#file = null;
      renameSync(this.#temporary, this.path);
      if (isDurable) syncDirectory(dirname(this.path));
    });
  }

  abort(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    rmSync(this.#temporary, { force: true });
  }

  #flush(): void {
    if (this.#buffered > 0) this.#write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #write(bytes: Uint8Array): void {
    this.#guarded((file) => {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at);
    });
    this.#written += bytes.length;
  }

  #guarded(work: (file: number) => void): void {
    try {
      if (this.#file === null) throw new Error("it was closed");
      work(this.#file);
    } catch (error) {
      this.abort();
      throw problemOf(error, `could not write ${this.path}`);
    }
  }
}

export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function guarded<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw problemOf(error, `could not write ${path}`);
  }
}
