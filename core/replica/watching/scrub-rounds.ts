// When the state in memory is looked at, and how much of it at a time: a round after the other, less than half a millisecond of
// work per tick, a round every four seconds at most. Under load all of it is time that answers wait for: a round a second over three
// megabytes took a tenth of a leader's thread.
import type { PartitionedMachine } from "../partitioned-machine.ts";
import type { Scrubbed } from "../scrub.ts";
import { GOES_ON } from "../scrub.ts";

/** 2.6 MB a second, of a gigabyte in six and a half minutes. */
export const SCRUB_BYTES_PER_TICK = 65_536;
const BETWEEN_BEGINNINGS_MS = 4_000;

export type ScrubProgress = {
  readonly rounds: number;
  /** How long the last whole round took: what is altered is found within that, or twice that when it was just behind. */
  readonly lastRoundMs: number;
};

export class ScrubRounds {
  #begunAtMs: number | null = null;
  #notBeforeMs = -Infinity;
  #progress: ScrubProgress = { rounds: 0, lastRoundMs: 0 };

  get progress(): ScrubProgress {
    return this.#progress;
  }

  get isUnderWay(): boolean {
    return this.#begunAtMs !== null;
  }

  /** A round that was begun says nothing about another state. */
  forget(): void {
    this.#begunAtMs = null;
    this.#notBeforeMs = -Infinity;
  }

  tick(machine: PartitionedMachine, nowMs: number): Scrubbed {
    if (this.#begunAtMs === null && nowMs < this.#notBeforeMs) return GOES_ON;
    this.#begunAtMs ??= nowMs;
    const scrubbed = machine.scrub({ bytes: SCRUB_BYTES_PER_TICK });
    if (scrubbed.kind !== "roundEnded") return scrubbed;
    this.#progress = { rounds: this.#progress.rounds + 1, lastRoundMs: nowMs - this.#begunAtMs };
    this.#notBeforeMs = this.#begunAtMs + BETWEEN_BEGINNINGS_MS;
    this.#begunAtMs = null;
    return scrubbed;
  }
}
