// Keeps a second process out of a data directory. Each process announces itself with a file whose name says who it is,
// and then looks for announcements of others that still live: of two that start together at least one sees the other,
// whatever the order, so never both go on. A process is known by its id, its start time and the boot of the machine:
// a reused process id is recognised, and what a killed process left behind keeps nobody out. Protects within one
// machine; volumes that several machines mount must be kept apart by whoever mounts them.
import * as fs from "node:fs";
import type { Answer, FileError, FileLock, Finished } from "../file-port.ts";

const NAME = /^lock-(\d+)-([0-9a-z]+)-([0-9a-f]+)$/;

export function lockDirectory(directory: string, answer: Answer<FileLock>): void {
  const own = nameOf(process.pid);
  const error = announce(directory, own);
  if (error === null) answer(null, new ProcessLock(`${directory}/${own}`));
  else answer(error, null);
}

function announce(directory: string, own: string): FileError | null {
  try {
    fs.closeSync(fs.openSync(`${directory}/${own}`, "wx", 0o600));
    const others = fs.readdirSync(directory).filter((name) => NAME.test(name) && name !== own);
    const holder = others.find(belongsToLivingProcess);
    const unneeded = holder === undefined ? others : [own];
    for (const name of unneeded) fs.rmSync(`${directory}/${name}`, { force: true });
    return holder === undefined ? null : heldBy(directory, holder);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "EIO";
    return code === "EEXIST" ? heldBy(directory, own) : { code, operation: "lock", path: directory };
  }
}

class ProcessLock implements FileLock {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  release(finished: Finished): void {
    fs.unlink(this.#path, (error) => {
      finished(error === null ? null : { code: error.code ?? "EIO", operation: "lock", path: this.#path });
    });
  }
}

function heldBy(directory: string, name: string): FileError {
  const [, pid = ""] = NAME.exec(name) ?? [];
  const who = Number(pid) === process.pid ? "this process" : `process ${pid}`;
  return { code: "ELOCKED", operation: "lock", path: directory, detail: `held by ${who}, see ${directory}/${name}` };
}

function nameOf(pid: number): string {
  return `lock-${String(pid)}-${startTimeOf(pid) ?? "x"}-${bootOfMachine()}`;
}

function belongsToLivingProcess(name: string): boolean {
  const [, pid, startTime, boot] = NAME.exec(name) ?? [];
  if (pid === undefined || boot !== bootOfMachine() || !isAlive(Number(pid))) return false;
  // Where start times are unknown (no /proc), a living process with the same id has to be believed.
  const now = startTimeOf(Number(pid));
  return now === null || startTime === now;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM"; // it lives, under another user
  }
}

/** In clock ticks since the machine started; null where there is no /proc. */
function startTimeOf(pid: number): string | null {
  const stat = readOrNull(`/proc/${String(pid)}/stat`);
  if (stat === null) return null;
  // The second field is the program's name in parentheses, which may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : (fields[19] ?? null); // Z: it has ended and its parent has not noticed yet
}

function bootOfMachine(): string {
  return (readOrNull("/proc/sys/kernel/random/boot_id") ?? "0").replaceAll(/[^0-9a-f]/g, "").slice(0, 12);
}

function readOrNull(path: string): string | null {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
