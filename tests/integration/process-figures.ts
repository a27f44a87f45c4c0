// What a member's process takes: its memory as the operating system counts it, and how long its event loop was held up.
import { readFileSync } from "node:fs";
import type { LocalReplica } from "../../client/cli/local-replica.ts";

/** Resident, in bytes; 0 for one that does not run. Linux only, like the machines that this suite runs on. */
export function memoryOf({ pid }: LocalReplica): number {
  if (pid === null) return 0;
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1_024;
}

/** The longest since the last look, as Node itself measures it; null: no answer. */
export async function loopDelayMs({ origin }: LocalReplica): Promise<number | null> {
  try {
    const text = await (await fetch(`${origin}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
    const line = /^nodejs_eventloop_lag_max_seconds(?:\{[^}]*\})? (\S+)$/m.exec(text);
    return line === null ? null : 1_000 * Number(line[1]);
  } catch {
    return null;
  }
}
