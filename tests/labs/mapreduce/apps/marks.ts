// Marks of processes that are at work, as files: how the timing apps see who works at the same time.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PAUSE_MS = 1_000;

export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** How many processes are in the same phase, this one among them. */
export function workingAtOnce(phase: string, directory: string): number {
  const prefix = `mr-worker-${phase}-`;
  const mine = join(directory, `${prefix}${String(process.pid)}`);
  writeFileSync(mine, "x");
  let count = 0;
  for (const name of readdirSync(directory)) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)$`).exec(name) ?? [];
    if (pid !== undefined && lives(Number(pid))) count++;
  }
  pause(PAUSE_MS);
  rmSync(mine, { force: true });
  return count;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
