// The product's own file layer with trouble that a test turns on and off while the process runs: slow syncs, failing
// syncs, no space. A file beside the data says what is wrong now.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Answer, FileError, FileLock, FilePort, Finished, OpenFile, OpenMode } from "../../runtime/disk/file-port.ts";

export type Trouble = {
  /** Added to every sync, and to every write that is as good as synced when it ends. */
  readonly syncDelayMs?: number;
  readonly syncsFail?: boolean;
  /** What the disk says is free; at 0 nothing new finds room. */
  readonly freeBytes?: number;
};

const LOOK_MS = 50;

export function setTrouble(file: string, trouble: Trouble): void {
  writeFileSync(`${file}.new`, JSON.stringify(trouble));
  renameSync(`${file}.new`, file);
}

export function controlledFiles(real: FilePort, controlFile: string): FilePort {
  let trouble = readTrouble(controlFile);
  setInterval(() => (trouble = readTrouble(controlFile)), LOOK_MS).unref();
  return new ControlledFiles(real, () => trouble);
}

function readTrouble(file: string): Trouble {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Trouble;
  } catch {
    return {};
  }
}

type Now = () => Trouble;

class ControlledFiles implements FilePort {
  readonly #real: FilePort;
  readonly #trouble: Now;

  constructor(real: FilePort, trouble: Now) {
    this.#real = real;
    this.#trouble = trouble;
  }

  open(path: string, mode: OpenMode, answer: Answer<OpenFile>): void {
    if (mode === "create" && isFull(this.#trouble())) return answer(noSpace("open", path), null);
    this.#real.open(path, mode, (error, file) => {
      if (error !== null) answer(error, null);
      else answer(null, new ControlledFile(file, mode, this.#trouble));
    });
  }

  freeBytes(directory: string, answer: Answer<number>): void {
    const { freeBytes } = this.#trouble();
    if (freeBytes === undefined) this.#real.freeBytes(directory, answer);
    else answer(null, freeBytes);
  }

  syncDirectory(path: string, finished: Finished): void {
    troubled(this.#trouble, { path, finished }, (synced) => this.#real.syncDirectory(path, synced));
  }

  rename(from: string, to: string, finished: Finished): void {
    this.#real.rename(from, to, finished);
  }

  remove(path: string, finished: Finished): void {
    this.#real.remove(path, finished);
  }

  list(directory: string, answer: Answer<readonly string[]>): void {
    this.#real.list(directory, answer);
  }

  makeDirectory(path: string, finished: Finished): void {
    this.#real.makeDirectory(path, finished);
  }

  lock(directory: string, answer: Answer<FileLock>): void {
    this.#real.lock(directory, answer);
  }
}

class ControlledFile implements OpenFile {
  readonly #real: OpenFile;
  readonly #mode: OpenMode;
  readonly #trouble: Now;

  constructor(real: OpenFile, mode: OpenMode, trouble: Now) {
    this.#real = real;
    this.#mode = mode;
    this.#trouble = trouble;
  }

  get path(): string {
    return this.#real.path;
  }

  size(answer: Answer<number>): void {
    this.#real.size(answer);
  }

  read(range: { readonly offset: number; readonly length: number }, answer: Answer<Uint8Array>): void {
    this.#real.read(range, answer);
  }

  write(offset: number, parts: readonly Uint8Array[], finished: Finished): void {
    if (this.#mode === "writeThrough")
      return troubled(this.#trouble, { path: this.path, finished }, (written) => this.#real.write(offset, parts, written));
    if (isFull(this.#trouble())) return finished(noSpace("write", this.path));
    this.#real.write(offset, parts, finished);
  }

  sync(finished: Finished): void {
    troubled(this.#trouble, { path: this.path, finished }, (synced) => this.#real.sync(synced));
  }

  preallocate(bytes: number, finished: Finished): void {
    if (isFull(this.#trouble())) finished(noSpace("preallocate", this.path));
    else this.#real.preallocate(bytes, finished);
  }

  close(finished: Finished): void {
    this.#real.close(finished);
  }
}

const isFull = ({ freeBytes }: Trouble): boolean => freeBytes === 0;

function noSpace(operation: FileError["operation"], path: string): FileError {
  return { code: "ENOSPC", operation, path };
}

type Sync = { readonly path: string; readonly finished: Finished };

/** A sync as the trouble of this moment has it. A slow one begins late: what it was for is not on the disk before. */
function troubled(now: Now, { path, finished }: Sync, begin: (synced: Finished) => void): void {
  const end: Finished = (error) => finished(error ?? (now().syncsFail === true ? { code: "EIO", operation: "sync", path } : null));
  const { syncDelayMs = 0 } = now();
  if (syncDelayMs > 0) setTimeout(() => begin(end), syncDelayMs);
  else begin(end);
}
