// Small files that are read and replaced as a whole: after a crash there is the old one or the new one, durable.
import { TEMPORARY } from "../file-port.ts";
import type { FilePort, OpenFile } from "../file-port.ts";
import { endOf, FileFailure, valueOf } from "../task.ts";
import type { Task } from "../task.ts";

export type FilePlace = { readonly directory: string; readonly name: string };

export function* replaceFile(files: FilePort, place: FilePlace, bytes: Uint8Array): Task<void> {
  const path = `${place.directory}/${place.name}`;
  const file = yield* valueOf<OpenFile>((answer) => files.open(path + TEMPORARY, "create", answer));
  try {
    yield* endOf((finished) => file.write(0, [bytes], finished));
    yield* endOf((finished) => file.sync(finished));
  } finally {
    yield* endOf((finished) => file.close(finished));
  }
  yield* endOf((finished) => files.rename(path + TEMPORARY, path, finished));
  yield* endOf((finished) => files.syncDirectory(place.directory, finished));
}

/** Null where there is no such file. */
export function* readFile(files: FilePort, place: FilePlace): Task<Uint8Array | null> {
  const file = yield* openIfThere(files, `${place.directory}/${place.name}`);
  if (file === null) return null;
  try {
    const length = yield* valueOf<number>((answer) => file.size(answer));
    return yield* valueOf<Uint8Array>((answer) => file.read({ offset: 0, length }, answer));
  } finally {
    yield* endOf((finished) => file.close(finished));
  }
}

function* openIfThere(files: FilePort, path: string): Task<OpenFile | null> {
  try {
    return yield* valueOf<OpenFile>((answer) => files.open(path, "read", answer));
  } catch (thrown) {
    if (thrown instanceof FileFailure && thrown.error.code === "ENOENT") return null;
    throw thrown;
  }
}
