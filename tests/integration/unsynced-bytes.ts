// One file whose bytes stay in the memory of this process until it is synced; see unsynced-loss-files.ts.
import type { Answer, FilePort, Finished, OpenFile, OpenMode } from "../../runtime/disk/file-port.ts";

/**
 * `firstOnly` is a build without fsync: a new file becomes durable as a whole once, and what is written to it later is
 * said to be durable and is not.
 */
export type SyncPolicy = "honoured" | "firstOnly";

type Write = { readonly offset: number; readonly bytes: Uint8Array };

export class CachedFile {
  /** Where the disk has it. */
  location: string;
  readonly #syncs: SyncPolicy;
  #unsynced: Write[] = [];
  #grownTo = 0;
  #size: number | null = null;
  #wasSynced = false;

  constructor(location: string, syncs: SyncPolicy) {
    this.location = location;
    this.#syncs = syncs;
  }

  open(how: { readonly real: FilePort; readonly path: string; readonly mode: OpenMode }, answer: Answer<OpenFile>): void {
    const { real, path, mode } = how;
    real.open(this.location, mode, (error, file) => {
      if (error !== null) answer({ ...error, path }, null);
      else if (this.#size !== null) answer(null, new OpenCachedFile(path, { cached: this, file, mode }));
      else {
        file.size((sizeError, size) => {
          if (sizeError === null) this.#size = size;
          if (sizeError !== null) answer({ ...sizeError, path }, null);
          else answer(null, new OpenCachedFile(path, { cached: this, file, mode }));
        });
      }
    });
  }

  get size(): number {
    return this.#size ?? 0;
  }

  write(offset: number, parts: readonly Uint8Array[]): void {
    let position = offset;
    for (const part of parts) {
      this.#unsynced.push({ offset: position, bytes: part.slice() });
      position += part.length;
    }
    this.#size = Math.max(this.size, position);
  }

  growTo(bytes: number): void {
    this.#grownTo = Math.max(this.#grownTo, bytes);
    this.#size = Math.max(this.size, bytes);
  }

  /** Puts what is in memory over what the disk has given. */
  complete(offset: number, bytes: Uint8Array): void {
    for (const write of this.#unsynced) {
      const from = Math.max(offset, write.offset);
      const to = Math.min(offset + bytes.length, write.offset + write.bytes.length);
      if (from < to) bytes.set(write.bytes.subarray(from - write.offset, to - write.offset), from - offset);
    }
  }

  sync(file: OpenFile, finished: Finished): void {
    if (this.#wasSynced && this.#syncs === "firstOnly") {
      finished(null);
      return;
    }
    this.#wasSynced = true;
    const writes = this.#unsynced;
    this.#unsynced = [];
    const writeFrom = (next: number): void => {
      const write = writes[next];
      if (write === undefined) this.#growAndSync(file, finished);
      else {
        file.write(write.offset, [write.bytes], (error) => {
          if (error === null) writeFrom(next + 1);
          else finished(error);
        });
      }
    };
    writeFrom(0);
  }

  #growAndSync(file: OpenFile, finished: Finished): void {
    file.preallocate(this.#grownTo, (error) => {
      if (error === null) file.sync(finished);
      else finished(error);
    });
  }
}

class OpenCachedFile implements OpenFile {
  readonly path: string;
  readonly #cached: CachedFile;
  readonly #file: OpenFile;
  readonly #isWriteThrough: boolean;

  constructor(path: string, opened: { readonly cached: CachedFile; readonly file: OpenFile; readonly mode: OpenMode }) {
    this.path = path;
    this.#cached = opened.cached;
    this.#file = opened.file;
    this.#isWriteThrough = opened.mode === "writeThrough";
  }

  size(answer: Answer<number>): void {
    answer(null, this.#cached.size);
  }

  read(range: { readonly offset: number; readonly length: number }, answer: Answer<Uint8Array>): void {
    const length = Math.max(0, Math.min(range.length, this.#cached.size - range.offset));
    this.#file.read({ offset: range.offset, length }, (error, onDisk) => {
      if (error !== null) {
        answer(error, null);
        return;
      }
      const bytes = new Uint8Array(length);
      bytes.set(onDisk);
      this.#cached.complete(range.offset, bytes);
      answer(null, bytes);
    });
  }

  write(offset: number, parts: readonly Uint8Array[], finished: Finished): void {
    this.#cached.write(offset, parts);
    if (this.#isWriteThrough) this.#cached.sync(this.#file, finished);
    else finished(null);
  }

  sync(finished: Finished): void {
    this.#cached.sync(this.#file, finished);
  }

  preallocate(bytes: number, finished: Finished): void {
    this.#cached.growTo(bytes);
    finished(null);
  }

  close(finished: Finished): void {
    this.#file.close(finished);
  }
}
