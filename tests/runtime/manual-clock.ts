import type { Clock } from "../../runtime/clock.ts";

/** A clock that stands until it is moved. */
export class ManualClock implements Clock {
  nowMs = 1_000;

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return 1_763_700_000_000 + Math.floor(this.nowMs);
  }

  advance(ms: number): void {
    this.nowMs += ms;
  }
}

/** Until nothing that was ready to run is left. */
export async function settle(rounds = 5): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Looks again and again until it holds; fails after the deadline, saying what did not come true. */
export async function eventually(claim: string, holds: () => boolean, deadlineMs = 5_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
