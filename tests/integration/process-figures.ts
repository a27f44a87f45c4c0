// What a member's process takes: memory and processor time as the operating system counts them, and how often its event loop
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

/**
 * Ticks that came more than 100 ms late, since the process began; null: no answer. A busy member has one every 25 ms, so that what
 * holds its event loop up for longer than that and those makes one late. Node's own measure looks ten times a second here, and
 * counts the time between two looks as a delay.
 */
export async function lateTicksOf(member: LocalReplica): Promise<number | null> {
  const text = await metricsOf(member);
  const [all, inTime] = ["count", 'bucket{le="0.1"}'].map((name) => valueIn(text, `flotilla_tick_delay_seconds_${name}`));
  return typeof all === "number" && typeof inTime === "number" ? all - inTime : null;
}

/** The first of this name; null: there is none, or no answer. */
export async function metricOf(member: LocalReplica, name: string): Promise<number | null> {
  return valueIn(await metricsOf(member), name);
}

function valueIn(metrics: string, name: string): number | null {
  const line = metrics.split("\n").find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return line === undefined ? null : Number(line.split(" ").at(-1));
}

/** Empty: no answer. */
async function metricsOf({ origin }: LocalReplica): Promise<string> {
  try {
    return await (await fetch(`${origin}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
  } catch {
    return "";
  }
}

/** What a counter has for each of its reasons. Those are there from the start, so a counter without any is none. */
export async function countsByReason(member: LocalReplica, name: string): Promise<ReadonlyMap<string, number>> {
  const found = [...(await metricsOf(member)).matchAll(new RegExp(`^${name}\\{[^}]*reason="(\\w+)"[^}]*\\} (\\d+)$`, "gm"))];
  check(found.length > 0, `${member.origin} counts ${name} by reason`);
  return new Map(found.map(([, reason = "", count]) => [reason, Number(count)]));
}
