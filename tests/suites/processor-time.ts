// The processor time of a suite: its processes', as far as somebody waited for their ends. Node tells only its own; Linux adds up that of
// children that have ended.
import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

let counted = childrenSeconds();

/** Of the child that has just ended: what has come since the one before it did. Null where the system does not tell. */
export function processorSecondsOfLast(): number | null {
  const seconds = childrenSeconds();
  const own = seconds === null || counted === null ? null : seconds - counted;
  counted = seconds;
  return own;
}

function childrenSeconds(): number | null {
  try {
    return secondsIn(readFileSync("/proc/self/stat", "utf8"));
  } catch {
    return null;
  }
}

/** The name of the process may hold anything, brackets and spaces too; what is counted comes 14 and 15 places behind it. */
export function secondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
