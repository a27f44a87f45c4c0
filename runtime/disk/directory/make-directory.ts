// A directory that outlives a loss of power: its own name is an entry of its parent, which has to be synced for that.
import type { FilePort } from "../file-port.ts";
import { endOf } from "../task.ts";
import type { Task } from "../task.ts";

/** Also where it existed already: an earlier life may have made it and crashed before it was durable. */
export function* makeDirectory(files: FilePort, path: string): Task<void> {
  yield* endOf((finished) => files.makeDirectory(path, finished));
  yield* endOf((finished) => files.syncDirectory(parentOf(path), finished));
}

function parentOf(path: string): string {
  const end = path.replace(/\/+$/, "").lastIndexOf("/");
  if (end < 0) return ".";
  return end === 0 ? "/" : path.slice(0, end);
}
