// Makes a directory and what is above it, one after the other: where the system refuses one in an odd way (/proc does), the
// recursive call of Node tries for ever.
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Throws as the system does; ENOTDIR where something else has the name. */
export function makeDirectory(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw Object.assign(new Error(`${path} is no directory`), { code: "ENOTDIR" });
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
