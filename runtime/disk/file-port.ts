// The little that the disk code needs of a file system. With callbacks instead of promises, so that a simulated disk
// can decide when each operation ends and a whole recovery runs without the event loop. An implementation may call back
// before the call returns. Bytes that are handed over must not change until then.

export type FileOperation =
  | "open"
  | "size"
  | "read"
  | "write"
  | "sync"
  | "preallocate"
  | "close"
  | "rename"
  | "remove"
  | "list"
  | "makeDirectory"
  | "syncDirectory"
  | "freeBytes"
  | "lock";

export type FileError = {
  /** As the operating system names it: ENOSPC, EIO, ENOENT ... ELOCKED is our own: another process holds the lock. */
  readonly code: string;
  readonly operation: FileOperation;
  readonly path: string;
  /** Beyond the code, where there is more to say: who holds a lock. */
  readonly detail?: string;
};

export type Finished = (error: FileError | null) => void;
export type Answer<T> = (...answer: [error: null, value: T] | [error: FileError, value: null]) => void;

/**
 * `read`: an existing file, for reading. `create`: an empty file, whether there was one or not, for reading and writing.
 * `writeThrough`: an existing file whose writes are as durable as after `sync` when they end; that saves the log one
 * turn of the event loop per write.
 */
export type OpenMode = "read" | "create" | "writeThrough";

export interface OpenFile {
  readonly path: string;
  size(answer: Answer<number>): void;
  /** Fewer bytes than asked for only where the file ends. */
  read(range: { readonly offset: number; readonly length: number }, answer: Answer<Uint8Array>): void;
  /** All parts one after the other from `offset` on, or an error; after an error any of it may have been written. */
  write(offset: number, parts: readonly Uint8Array[], finished: Finished): void;
  /** After success, everything written so far outlives a loss of power. After a failure nothing is known. */
  sync(finished: Finished): void;
  /** Grows the file to `bytes` with zeros that occupy their space: overwriting them can't run out of it. */
  preallocate(bytes: number, finished: Finished): void;
  close(finished: Finished): void;
}

/** Paths use `/`. What was created, renamed or removed is durable only after `syncDirectory` of the directory it is in. */
export interface FilePort {
  open(path: string, mode: OpenMode, answer: Answer<OpenFile>): void;
  /** Replaces what has the new name. */
  rename(from: string, to: string, finished: Finished): void;
  /** A file, or a directory with all that is in it. */
  remove(path: string, finished: Finished): void;
  /** Names, sorted. */
  list(directory: string, answer: Answer<readonly string[]>): void;
  /** With its parents; one that exists already is fine. */
  makeDirectory(path: string, finished: Finished): void;
  syncDirectory(path: string, finished: Finished): void;
  /** What could still be written below this directory. */
  freeBytes(directory: string, answer: Answer<number>): void;
  /** Keeps every other process out, and every other user in this process, until released or until this process ends. */
  lock(directory: string, answer: Answer<FileLock>): void;
}

export interface FileLock {
  /** In words, where another process was taken for dead to get this lock. */
  readonly takenOver?: string | null;
  release(finished: Finished): void;
  /** Tells of it once, if another process takes this one for dead and its lock away: nothing may be written any more. */
  whenLost?(told: (error: FileError) => void): void;
}

/** Ends the names of files that are not whole yet; every opening removes what it finds of them. */
export const TEMPORARY = ".tmp";

export function describeFileError(error: FileError): string {
  const detail = error.detail === undefined ? "" : ` (${error.detail})`;
  return `${error.operation} of ${error.path} failed: ${error.code}${detail}`;
}
