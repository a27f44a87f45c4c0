// From records back to what the log says: hard state, metadata and entries. Checks on the way that the records make
// sense one after the other; each segment opens with a summary of everything before it, which must agree.
import { asIndex, asTerm } from "../../../core/base/ids.ts";
import type { LogIndex } from "../../../core/base/ids.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { Entry, LogBase } from "../../../core/raft/entry.ts";
import type { HardState } from "../../../core/raft/ready.ts";
import type { CheckpointRecord, LogRecord, Metadata } from "./records.ts";

/** What the next segment's checkpoint will say. */
export type LogState = {
  readonly hardState: HardState;
  readonly base: LogBase;
  readonly lastIndex: LogIndex;
  readonly metadata: Metadata;
};

export const EMPTY_LOG: LogState = { hardState: { term: asTerm(0), vote: null }, base: LOG_ORIGIN, lastIndex: asIndex(0), metadata: {} };

type RecordOf<K extends LogRecord["kind"]> = Extract<LogRecord, { readonly kind: K }>;

export class LogReplay {
  readonly #state: { -readonly [K in keyof LogState]: LogState[K] } = { ...EMPTY_LOG };
  /** Without a gap; ends at the state's last index. */
  #entries: Entry[] = [];

  /** In a log whose oldest segments were removed, the first checkpoint is all that is known of them. */
  beginAt(checkpoint: CheckpointRecord): void {
    this.set(stateOf(checkpoint));
  }

  get state(): LogState {
    return this.#state;
  }

  /** The first index that is still in the segments that were read. */
  get firstIndex(): LogIndex {
    return asIndex(this.#state.lastIndex - this.#entries.length + 1);
  }

  /** All entries behind `index`, which is not in front of what is there. */
  entriesAfter(index: LogIndex): readonly Entry[] {
    return this.#entries.slice(Math.max(0, index + 1 - this.firstIndex));
  }

  entryAt(index: LogIndex): Entry | null {
    return this.#entries[index - this.firstIndex] ?? null;
  }

  /** Null, or why the record can't follow what came before it. */
  apply(record: LogRecord): string | null {
    return (APPLY[record.kind] as (replay: LogReplay, record: LogRecord) => string | null)(this, record);
  }

  set(change: Partial<LogState>): null {
    Object.assign(this.#state, change);
    return null;
  }

  restart(base: LogBase): null {
    this.#entries = [];
    return this.set({ base, lastIndex: base.index });
  }

  truncate(from: LogIndex): string | null {
    if (from <= this.#state.base.index || from > this.#state.lastIndex + 1) return `entries can't be truncated from ${String(from)} on`;
    // A truncation may reach in front of what is still here; then what follows it begins there.
    this.#entries.length = Math.max(0, from - this.firstIndex);
    return this.set({ lastIndex: asIndex(from - 1) });
  }

  trim(base: LogBase): string | null {
    if (base.index < this.#state.base.index || base.index > this.#state.lastIndex) return "the log's base moves to where there is no log";
    const entry = this.entryAt(base.index);
    if (entry !== null && entry.term !== base.term) return `a snapshot of entry ${String(base.index)} has another term than the entry`;
    return this.set({ base });
  }

  append(entry: Entry): string | null {
    const { lastIndex, base } = this.#state;
    if (entry.index !== lastIndex + 1) return `entry ${String(entry.index)} lies where entry ${String(lastIndex + 1)} belongs`;
    const previous = this.#entries.at(-1) ?? base;
    if (entry.term < previous.term) return `entry ${String(entry.index)} has an older term than what is in front of it`;
    this.#entries.push(entry);
    this.#state.lastIndex = entry.index;
    return null;
  }
}

const APPLY: { readonly [K in LogRecord["kind"]]: (replay: LogReplay, record: RecordOf<K>) => string | null } = {
  segment: () => "a segment begins in the middle of another",
  checkpoint: (replay, checkpoint) => {
    const told = JSON.stringify(stateOf(checkpoint));
    return told === JSON.stringify(replay.state)
      ? null
      : "the summary at the beginning of this segment disagrees with the segments before it";
  },
  hardState: (replay, { hardState }) => (hardState.term < replay.state.hardState.term ? "the term decreases" : replay.set({ hardState })),
  metadata: (replay, { metadata }) => replay.set({ metadata }),
  trim: (replay, { base }) => replay.trim(base),
  restart: (replay, { base }) => (base.index < replay.state.base.index ? "the log restarts in front of its base" : replay.restart(base)),
  truncate: (replay, { from }) => replay.truncate(from),
  entries: (replay, { entries }) => {
    for (const entry of entries) {
      const fault = replay.append(entry);
      if (fault !== null) return fault;
    }
    return null;
  },
};

function stateOf({ hardState, base, lastIndex, metadata }: CheckpointRecord): LogState {
  return { hardState, base, lastIndex, metadata };
}
