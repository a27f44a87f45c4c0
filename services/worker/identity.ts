// Who a worker is: an id that lies beside its map outputs, so that it is the same one as long as they are there.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "worker-id";
const VALID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function workerIdIn(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, FILE);
  try {
    const id = readFileSync(path, "utf8").trim();
    if (VALID.test(id)) return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const id = `w${randomBytes(6).toString("hex")}`;
  writeFileSync(`${path}.new`, `${id}\n`);
  renameSync(`${path}.new`, path);
  return id;
}
