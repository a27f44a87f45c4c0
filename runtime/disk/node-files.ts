// The file port on a real machine. Everything that may wait for the disk runs on the thread pool. A short write is
// continued; a write that makes no progress is an error.
import * as fs from "node:fs";
import { lockDirectory } from "./files/process-lock.ts";
import type { Answer, FileError, FileLock, FileOperation, FilePort, Finished, OpenFile, OpenMode } from "./file-port.ts";

/** Small enough that a write to the log next to it waits for a few milliseconds at most. */
const ZEROS = new Uint8Array(262_144);

const { O_RDONLY, O_RDWR, O_CREAT, O_TRUNC, O_DSYNC } = fs.constants;
/** On Linux, O_DSYNC makes one system call of a write and its fdatasync. Elsewhere it may stop short of the platter. */
const WRITES_THROUGH = process.platform === "linux";

const OPEN_FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  create: O_RDWR | O_CREAT | O_TRUNC,
  writeThrough: WRITES_THROUGH ? O_RDWR | O_DSYNC : O_RDWR,
};

export function nodeFiles(): FilePort {
  return new NodeFiles();
}

class NodeFiles implements FilePort {
  open(path: string, mode: OpenMode, answer: Answer<OpenFile>): void {
    fs.open(path, OPEN_FLAGS[mode], 0o600, (error, descriptor) => {
      if (error !== null) answer(fileError(error, "open", path), null);
      else answer(null, mode === "writeThrough" && !WRITES_THROUGH ? new SyncingFile(path, descriptor) : new NodeFile(path, descriptor));
    });
  }

  rename(from: string, to: string, finished: Finished): void {
    fs.rename(from, to, ending("rename", from, finished));
  }

  remove(path: string, finished: Finished): void {
    fs.rm(path, { recursive: true }, ending("remove", path, finished));
  }

  list(directory: string, answer: Answer<readonly string[]>): void {
    fs.readdir(directory, (error, names) => {
      if (error !== null) answer(fileError(error, "list", directory), null);
      else answer(null, names.sort());
    });
  }

  makeDirectory(path: string, finished: Finished): void {
    fs.mkdir(path, { recursive: true, mode: 0o700 }, ending("makeDirectory", path, finished));
  }

  syncDirectory(path: string, finished: Finished): void {
    const done = ending("syncDirectory", path, finished);
    fs.open(path, O_RDONLY, (openError, descriptor) => {
      if (openError !== null) {
        done(openError);
        return;
      }
      fs.fsync(descriptor, (syncError) => {
        fs.close(descriptor, (closeError) => {
          done(syncError ?? closeError ?? null);
        });
      });
    });
  }

  freeBytes(directory: string, answer: Answer<number>): void {
    fs.statfs(directory, (error, stats) => {
      if (error !== null) answer(fileError(error, "freeBytes", directory), null);
      else answer(null, stats.bavail * stats.bsize);
    });
  }

  lock(directory: string, answer: Answer<FileLock>): void {
    lockDirectory(directory, answer);
  }
}

class NodeFile implements OpenFile {
  readonly path: string;
  readonly #descriptor: number;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  size(answer: Answer<number>): void {
    fs.fstat(this.#descriptor, (error, stats) => {
      if (error !== null) answer(fileError(error, "size", this.path), null);
      else answer(null, stats.size);
    });
  }

  read(range: { readonly offset: number; readonly length: number }, answer: Answer<Uint8Array>): void {
    const bytes = new Uint8Array(range.length);
    const readOn = (done: number): void => {
      fs.read(this.#descriptor, bytes, done, range.length - done, range.offset + done, (error, count) => {
        if (error !== null) answer(fileError(error, "read", this.path), null);
        else if (count === 0 || done + count === range.length) answer(null, bytes.subarray(0, done + count));
        else readOn(done + count);
      });
    };
    readOn(0);
  }

  write(offset: number, parts: readonly Uint8Array[], finished: Finished): void {
    const written = (error: NodeJS.ErrnoException | null, count: number): void => {
      const rest = error === null ? withoutFirst(parts, count) : [];
      if (error !== null) finished(fileError(error, "write", this.path));
      else if (rest.length === 0) finished(null);
      else if (count === 0) finished({ code: "EIO", operation: "write", path: this.path, detail: "no progress" });
      else this.write(offset + count, rest, finished);
    };
    const [only] = parts;
    if (only !== undefined && parts.length === 1) fs.write(this.#descriptor, only, 0, only.length, offset, written);
    else fs.writev(this.#descriptor, parts, offset, written);
  }

  sync(finished: Finished): void {
    fs.fdatasync(this.#descriptor, ending("sync", this.path, finished));
  }

  preallocate(bytes: number, finished: Finished): void {
    const growFrom = (size: number): void => {
      const zeros = ZEROS.subarray(0, Math.min(ZEROS.length, bytes - size));
      if (zeros.length === 0) {
        finished(null);
        return;
      }
      this.write(size, [zeros], (error) => {
        if (error !== null) finished({ ...error, operation: "preallocate" });
        // Piece by piece, so that a log that is being synced meanwhile never waits behind a whole segment of zeros.
        else
          this.sync((syncError) => {
            if (syncError !== null) finished(syncError);
            else growFrom(size + zeros.length);
          });
      });
    };
    this.size((error, size) => {
      if (error !== null) finished(error);
      else growFrom(Math.min(size, bytes));
    });
  }

  close(finished: Finished): void {
    fs.close(this.#descriptor, ending("close", this.path, finished));
  }
}

/** Write and sync as two calls, where one flag does not promise both. */
class SyncingFile extends NodeFile {
  override write(offset: number, parts: readonly Uint8Array[], finished: Finished): void {
    super.write(offset, parts, (error) => {
      if (error !== null) finished(error);
      else this.sync(finished);
    });
  }
}

/** What is still to be written after a short write. */
export function withoutFirst(parts: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = count;
  for (const part of parts) {
    if (skip < part.length) rest.push(skip === 0 ? part : part.subarray(skip));
    skip = Math.max(0, skip - part.length);
  }
  return rest;
}

function ending(operation: FileOperation, path: string, finished: Finished): (error: NodeJS.ErrnoException | null) => void {
  return (error) => {
    finished(error === null ? null : fileError(error, operation, path));
  };
}

function fileError(error: NodeJS.ErrnoException, operation: FileOperation, path: string): FileError {
  return { code: error.code ?? "EIO", operation, path };
}
