// How long processes were on a processor. What else a machine does moves that far less than it moves the answers per second.
import { readFileSync } from "node:fs";

/** Of the kernel's accounting, on every Linux that this runs on. */
const TICK_MS = 10;

/** Of all threads of all of these together. NaN where the system does not tell. */
export function processorMs(pids: readonly (number | null | undefined)[]): number {
  return pids.reduce<number>((sum, pid) => sum + ticksOf(pid) * TICK_MS, 0);
}

function ticksOf(pid: number | null | undefined): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in parentheses, may contain anything; behind it are fields 3 and up.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return NaN;
  }
}
