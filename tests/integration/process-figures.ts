// What a member's process takes: memory and processor time as the operating system counts them, and how long its event loop
// was held up.
import { readFileSync } from "node:fs";
import type { LocalReplica } from "../../client/cli/local-replica.ts";
import { check } from "./test-case.ts";

/** Resident, in bytes; 0 for one that does not run. Linux only, like the machines that this suite runs on. */
export function memoryOf({ pid }: Pick<LocalReplica, "pid">): number {
  if (pid === null) return 0;
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1_024;
}

/** Since its start, of all its threads: what a time would be on a machine that does nothing else, or less. */
export function processorSecondsOf({ pid }: LocalReplica): number {
  if (pid === null) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
}

/** Behind the name of the program. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const TICKS_PER_SECOND = 100;

/** The longest since the last look, as Node itself measures it; null: no answer. */
export async function loopDelayMs(member: LocalReplica): Promise<number | null> {
  const seconds = await metricOf(member, "nodejs_eventloop_lag_max_seconds");
  return seconds === null ? null : 1_000 * seconds;
}

/** The first of this name; null: there is none, or no answer. */
export async function metricOf({ origin }: LocalReplica, name: string): Promise<number | null> {
  try {
    const text = await (await fetch(`${origin}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
    const line = text.split("\n").find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
    return line === undefined ? null : Number(line.split(" ").at(-1));
  } catch {
    return null;
  }
}

/** What a counter has for each of its reasons. Those are there from the start, so a counter without any is none. */
export async function countsByReason({ origin }: LocalReplica, name: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${origin}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
  const found = [...text.matchAll(new RegExp(`^${name}\\{[^}]*reason="(\\w+)"[^}]*\\} (\\d+)$`, "gm"))];
  check(found.length > 0, `${origin} counts ${name} by reason`);
  return new Map(found.map(([, reason = "", count]) => [reason, Number(count)]));
}
