// Gets one shard from the group that had it: chunk after chunk into this group's log, and when little is left, the source is
// asked to freeze it. The chunk that brings the last change makes this group its owner, in the moment when it is applied.
import { EMPTY_BYTES, equalBytes } from "../../base/bytes.ts";
import type { Outcome } from "../../base/outcome.ts";
import { decodeStepResult, encodeGroupCommand, encodeGroupQuery } from "../group-commands.ts";
import type { Chunk } from "../moving/chunk.ts";
import { decodeChunk } from "../moving/chunk.ts";
import { encodeCursor } from "../moving/copy-cursor.ts";
import type { ShardStatus } from "../shard-status.ts";
import type { ShardedStateMachine } from "../sharded-state-machine.ts";
import type { Action, Errand } from "./errand.ts";
import { ASK_TIMEOUT_MS, COPY_TIMEOUT_MS, PAUSE_MS, SHORT_PAUSE_MS } from "./errand.ts";
import type { Pace } from "./pace.ts";
import { questionTo } from "./question-to.ts";

/**
 * After a chunk so large as long a rest as it took: a large shard that moves takes half of what others are served with, and not all of it.
 * Time comes with ticks here, and most chunks take none; without a rest until the next tick after each, several would follow each other
 * with everybody else behind them.
 */
const RESTS_FROM_BYTES = 32_768;
const UNTIL_NEXT_TICK_MS = 1;
/** Frozen when no more changes than these are left: they fit into one chunk, so the moment is short. */
export const FREEZE_CHANGES_MAX = 100;
/** A shard that changes as fast as it is copied is frozen after so many chunks by which nothing was gained: else it would never arrive. */
export const CHUNKS_IN_VAIN_MAX = 20;

type Pulling = Extract<ShardStatus, { readonly kind: "pulling" }>;

export class PullingErrand implements Errand {
  readonly #machine: ShardedStateMachine;
  readonly #shard: number;
  /** Shared by all that are pulled from the same group. */
  readonly #pace: Pace;
  #askedInRound = 0;
  #asked: "copy" | "freeze" = "copy";
  /** Where the copy was when the chunk was asked for; a late entry may move it on before the answer comes. */
  #askedFrom: Uint8Array = EMPTY_BYTES;
  /** Asked for, and not in the log yet. */
  #chunk: { readonly from: Uint8Array; readonly bytes: Uint8Array } | null = null;
  /** How long it took to get it. */
  #chunkMs = 0;
  #isFrozen = false;
  /** The last answer held nothing: whoever gave it may be behind. */
  #inVain = false;
  #leastLeft = Infinity;
  #chunksInVain = 0;

  constructor(machine: ShardedStateMachine, shard: number, pace: Pace) {
    this.#machine = machine;
    this.#shard = shard;
    this.#pace = pace;
  }

  next(): Action | null {
    const { status, staging } = this.#machine.state.shard(this.#shard);
    if (status.kind !== "pulling" || staging === null) return null;
    const { number } = status;
    const shard = this.#shard;
    if (this.#chunk !== null) {
      const { from: at, bytes: chunk } = this.#chunk;
      return { kind: "propose", command: encodeGroupCommand({ kind: "stage", shard, number, from: at, chunk }) };
    }
    if (this.#asked === "freeze") return this.#ask(status, "write", encodeGroupCommand({ kind: "freeze", shard, number }));
    this.#askedFrom = encodeCursor(staging.cursor);
    this.#askedInRound = this.#pace.round;
    const query = { kind: "copy", shard, number, from: this.#askedFrom, bytesMax: this.#pace.bytesMax } as const;
    return this.#ask(status, "read", encodeGroupQuery(query));
  }

  answered(outcome: Outcome<Uint8Array>, tookMs: number): number {
    this.#chunkMs = tookMs;
    const isCopy = this.#asked === "copy";
    if (isCopy && outcome.kind === "unknown" && outcome.after === "deadline") this.#pace.wasLate(this.#askedInRound);
    if (outcome.kind !== "done") return PAUSE_MS;
    if (isCopy) this.#pace.arrived();
    return this.#asked === "freeze" ? this.#frozen(outcome.value) : this.#copied(outcome.value);
  }

  proposalEnded(outcome: Outcome<Uint8Array>, tookMs: number): number {
    // Done, late or lost: the cursor tells, and the next chunk is asked for from there.
    const isLarge = (this.#chunk?.bytes.length ?? 0) >= RESTS_FROM_BYTES;
    this.#chunk = null;
    if (outcome.kind !== "done") return PAUSE_MS;
    // Nobody is served while it is frozen, and nothing is to be gained by rest.
    return isLarge && !this.#isFrozen ? Math.max(UNTIL_NEXT_TICK_MS, this.#chunkMs + tookMs) : 0;
  }

  #frozen(answer: Uint8Array): number {
    this.#asked = "copy";
    this.#isFrozen = decodeStepResult(answer) === "done";
    return this.#isFrozen ? 0 : PAUSE_MS;
  }

  #copied(bytes: Uint8Array): number {
    const chunk = bytes.length === 0 ? null : decodeChunk(bytes);
    this.#inVain = chunk === null;
    if (chunk === null) return PAUSE_MS;
    const from = this.#askedFrom;
    const isNothing = chunk.pieces.length === 0 && chunk.totals === null && equalBytes(from, encodeCursor(chunk.next));
    this.#inVain = isNothing;
    if (!isNothing) this.#chunk = { from, bytes };
    if (!this.#shouldFreeze(chunk)) return isNothing ? SHORT_PAUSE_MS : 0;
    this.#asked = "freeze";
    return 0;
  }

  #shouldFreeze({ next, left, totals }: Chunk): boolean {
    if (next.phase !== "changes" || totals !== null || this.#isFrozen) return false;
    this.#chunksInVain = left < this.#leastLeft ? 0 : this.#chunksInVain + 1;
    this.#leastLeft = Math.min(this.#leastLeft, left);
    return left <= FREEZE_CHANGES_MAX || this.#chunksInVain > CHUNKS_IN_VAIN_MAX;
  }

  #ask({ from }: Pulling, kind: "read" | "write", bytes: Uint8Array): Action {
    const asked = { operation: { kind, bytes }, elsewhere: kind === "read" && this.#inVain };
    return { kind: "ask", question: questionTo(this.#machine, from, asked), timeoutMs: kind === "read" ? COPY_TIMEOUT_MS : ASK_TIMEOUT_MS };
  }
}
