// A state machine in one piece, with the sessions of its clients: together they are what a replica applies its log to. In
// a snapshot the sessions come first, then the machine's own bytes, then an end that is empty.
import { BlockReader, fillBlock, writeBlock } from "../../base/block-stream.ts";
import { EMPTY_BYTES } from "../../base/bytes.ts";
import type { ByteWriter } from "../../base/byte-writer.ts";
import type { Outcome } from "../../base/outcome.ts";
import { done } from "../../base/outcome.ts";
import type { Deadline, Partition, PartitionedMachine } from "../partitioned-machine.ts";
import type { ApplyContext, Restoration, SnapshotSource, StateMachine } from "../state-machine.ts";
import { ROUND_ENDED } from "../scrub.ts";
import type { ScrubBudget, Scrubbed } from "../scrub.ts";
import { readSessions, SessionSource } from "./session-bytes.ts";
import { SessionScrub } from "./session-scrub.ts";
import type { SessionLimits } from "./sessions.ts";
import { Sessions } from "./sessions.ts";

const BLOCKS = { sessions: 1, machine: 2, end: 3 } as const;

export class OnePartition implements PartitionedMachine {
  readonly #machine: StateMachine;
  readonly #limits: SessionLimits;
  #partition: { readonly kind: "sessions"; readonly sessions: Sessions };
  #scrub = new SessionScrub();
  #isMachineScrubbed = false;

  constructor(machine: StateMachine, limits: SessionLimits) {
    this.#machine = machine;
    this.#limits = limits;
    this.#partition = { kind: "sessions", sessions: new Sessions(limits) };
  }

  get stampFloorMs(): number {
    return 0;
  }

  get sessionCount(): number {
    return this.#partition.sessions.size;
  }

  get answerBytes(): number {
    return this.#partition.sessions.answerBytes;
  }

  get workBytes(): number {
    return this.#machine.workBytes ?? 0;
  }

  partitionOf(): Partition {
    return this.#partition;
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    return this.#machine.apply(command, context);
  }

  query(query: Uint8Array): Outcome<Uint8Array> {
    return done(this.#machine.query(query));
  }

  nextDeadline(): Deadline | null {
    return null;
  }

  snapshot(): SnapshotSource {
    return new OnePartitionSnapshot(new SessionSource(this.#partition.sessions), this.#machine.snapshot());
  }

  restore(): Restoration {
    const sessions = new Sessions(this.#limits);
    const machine = this.#machine.restore();
    let hasEnded = false;
    const blocks = new BlockReader((kind, payload) => {
      if (hasEnded) return false;
      if (kind === BLOCKS.sessions) return readSessions(payload, sessions);
      if (kind === BLOCKS.machine) return machine.write(payload);
      hasEnded = true;
      return kind === BLOCKS.end && payload.length === 0;
    });
    return {
      write: (bytes) => blocks.write(bytes),
      finish: () => {
        if (!hasEnded || !blocks.isAtEnd || !machine.finish()) return false;
        this.#partition = { kind: "sessions", sessions };
        this.#scrub = new SessionScrub();
        this.#isMachineScrubbed = false;
        return true;
      },
    };
  }

  digest(): string {
    return `${this.#machine.digest()}-${this.#partition.sessions.digest()}`;
  }

  /** The machine first, then the sessions. */
  scrub(budget: ScrubBudget): Scrubbed {
    if (!this.#isMachineScrubbed) {
      const scrubbed = this.#machine.scrub?.(budget) ?? ROUND_ENDED;
      if (scrubbed.kind !== "roundEnded") return scrubbed;
      this.#isMachineScrubbed = true;
    }
    const scrubbed = this.#scrub.look(this.#partition.sessions, budget);
    if (scrubbed.kind === "roundEnded") this.#isMachineScrubbed = false;
    return scrubbed;
  }

  grows(command: Uint8Array): boolean {
    return this.#machine.grows(command);
  }

  whyTooMuch(command: Uint8Array): string | null {
    return this.#machine.whyTooMuch?.(command) ?? null;
  }

  versionOf(command: Uint8Array): number {
    return this.#machine.versionOf(command);
  }
}

class OnePartitionSnapshot implements SnapshotSource {
  readonly #sessions: SnapshotSource;
  readonly #machine: SnapshotSource;
  #stage: keyof typeof BLOCKS | "over" = "sessions";

  constructor(sessions: SnapshotSource, machine: SnapshotSource) {
    this.#sessions = sessions;
    this.#machine = machine;
  }

  next(slice: ByteWriter, bytesMax: number): boolean {
    const [start, end] = [slice.length, slice.length + bytesMax];
    while (slice.length < end && this.#stage !== "over") {
      const source = this.#stage === "sessions" ? this.#sessions : this.#machine;
      const left = end - slice.length;
      if (!fillBlock(slice, BLOCKS[this.#stage], () => source.next(slice, left))) this.#endStage(slice);
    }
    return slice.length > start;
  }

  get isSound(): boolean {
    return this.#sessions.isSound !== false && this.#machine.isSound !== false;
  }

  #endStage(slice: ByteWriter): void {
    if (this.#stage === "machine") writeBlock(slice, BLOCKS.end, EMPTY_BYTES);
    this.#stage = this.#stage === "machine" ? "over" : "machine";
  }
}
