// What another process uses, where the machine tells by a file: on Linux. Elsewhere nobody knows.
import { readFileSync } from "node:fs";

const PAGE_BYTES = 4096;
const TICK_MS = 10;
/** Fields of `stat` behind the name, which may hold anything. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

export function processUse(pid: number): { readonly memoryBytes: number; readonly cpuMs: number } | null {
  try {
    const [, resident = "0"] = readFileSync(`/proc/${String(pid)}/statm`, "latin1").split(" ");
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      memoryBytes: Number(resident) * PAGE_BYTES,
      cpuMs: (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * TICK_MS,
    };
  } catch {
    return null;
  }
}
