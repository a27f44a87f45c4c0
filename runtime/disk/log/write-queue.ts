// What waits to be written, and the filling of frames from it. Frames take the writes in their order; a write that is
// too large for one frame continues in the next and is done with the last. Keeps, beside that, what the log says once
// everything that was taken is durable: the next segment's checkpoint.
import { assert } from "../../../core/base/assert.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { asIndex } from "../../../core/base/ids.ts";
import type { LogIndex } from "../../../core/base/ids.ts";
import type { Entry, LogBase } from "../../../core/raft/entry.ts";
import type { HardState } from "../../../core/raft/ready.ts";
import type { FrameBuilder } from "./frame-builder.ts";
import { RECORD_HEADER_BYTES } from "./records.ts";
import type { Metadata, RecordKind } from "./records.ts";
import type { LogState } from "./replay.ts";

/** Becomes durable together, in this order; `Persist` of core/raft fits. */
export type LogWrite = {
  /** A durable snapshot takes the place of the whole log. */
  readonly restartAfter: { readonly base: LogBase } | null;
  readonly hardState: HardState | null;
  /** Replaces what was kept before. */
  readonly metadata?: Metadata | null;
  readonly truncateFrom: LogIndex | null;
  readonly entries: readonly Entry[];
};

export type QueuedWrite = LogWrite & { readonly trimTo: LogBase | null };

type Waiting = {
  readonly write: QueuedWrite;
  readonly done: () => void;
  /** Everything but the entries, encoded; empty once it was taken. */
  head: readonly EncodedRecord[];
  entriesTaken: number;
};

type EncodedRecord = { readonly kind: Exclude<RecordKind, "entries">; readonly body: Uint8Array };

export class WriteQueue {
  readonly #waiting: Waiting[] = [];
  #state: LogState;
  #bytes = 0;

  constructor(state: LogState) {
    this.#state = state;
  }

  /** As of everything that was taken into frames. */
  get state(): LogState {
    return this.#state;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Of entries that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  push(write: QueuedWrite, done: () => void): void {
    for (const entry of write.entries) this.#bytes += entry.bytes.length;
    this.#waiting.push({ write, done, head: encodeHead(write), entriesTaken: 0 });
  }

  /** The least that the next frame has to take. */
  firstCost(builder: FrameBuilder): number {
    const [first] = this.#waiting;
    if (first === undefined) return 0;
    if (first.head.length > 0) return costOf(first.head);
    const entry = first.write.entries[first.entriesTaken];
    return entry === undefined ? 0 : builder.entryCost(entry.bytes.length);
  }

  /** Fills the frame as far as `limitBytes` on disk allow; answers with what is to be called once it is durable. */
  fill(builder: FrameBuilder, limitBytes: number): readonly (() => void)[] {
    const fits = (cost: number): boolean => builder.frameBytesWith(cost) <= limitBytes;
    let whole = 0;
    while (this.#takeOf(this.#waiting[whole], builder, fits)) whole++;
    return this.#waiting.splice(0, whole).map(({ done }) => done);
  }

  /** Whether all of it is in the frame now. */
  #takeOf(waiting: Waiting | undefined, builder: FrameBuilder, fits: (cost: number) => boolean): boolean {
    if (waiting === undefined) return false;
    const { write, head } = waiting;
    if (head.length > 0 && !fits(costOf(head))) return false;
    if (head.length > 0) {
      for (const record of head) builder.addRecord(record.kind, record.body);
      this.#state = stateAfter(this.#state, write);
      waiting.head = [];
    }
    const start = waiting.entriesTaken;
    for (const entry of start === 0 ? write.entries : write.entries.slice(start)) {
      if (!fits(builder.entryCost(entry.bytes.length))) break;
      builder.addEntry(entry.bytes);
      this.#bytes -= entry.bytes.length;
      waiting.entriesTaken++;
    }
    this.#state = withEntries(this.#state, write.entries.slice(start, waiting.entriesTaken));
    return waiting.entriesTaken === write.entries.length;
  }
}

function encodeHead(write: QueuedWrite): readonly EncodedRecord[] {
  const records: EncodedRecord[] = [];
  const add = (kind: EncodedRecord["kind"], value: object): void => {
    records.push({ kind, body: utf8(JSON.stringify(value)) });
  };
  if (write.restartAfter !== null) add("restart", baseOf(write.restartAfter.base));
  if (write.trimTo !== null) add("trim", baseOf(write.trimTo));
  if (write.hardState !== null) add("hardState", { term: write.hardState.term, vote: write.hardState.vote });
  if (write.metadata) add("metadata", write.metadata);
  if (write.truncateFrom !== null) add("truncate", { from: write.truncateFrom });
  return records;
}

function costOf(head: readonly EncodedRecord[]): number {
  return head.reduce((sum, { body }) => sum + RECORD_HEADER_BYTES + body.length, 0);
}

/** Asserts what recovery would refuse to read: better to stop than to write a log that can't be recovered. */
function stateAfter(state: LogState, write: QueuedWrite): LogState {
  const base = write.restartAfter?.base ?? write.trimTo ?? state.base;
  const end = write.restartAfter === null ? state.lastIndex : base.index;
  assert(base.index >= state.base.index, "the log's base never moves back");
  assert(base.index <= end, "the log's base is within the log");
  const hardState = write.hardState ?? state.hardState;
  assert(hardState.term >= state.hardState.term, "the term never decreases");
  const from = write.truncateFrom ?? asIndex(end + 1);
  assert(from > base.index && from <= end + 1, "only what is in the log and behind its base is truncated");
  return { hardState, base: baseOf(base), lastIndex: asIndex(from - 1), metadata: write.metadata ?? state.metadata };
}

function withEntries(state: LogState, entries: readonly Entry[]): LogState {
  let lastIndex = state.lastIndex;
  for (const entry of entries) {
    assert(entry.index === lastIndex + 1, "the log grows without a gap");
    lastIndex = entry.index;
  }
  return lastIndex === state.lastIndex ? state : { ...state, lastIndex };
}

/** Only these fields: a base may come as a part of something larger. */
function baseOf({ index, term, serviceIndex }: LogBase): LogBase {
  return { index, term, serviceIndex };
}
