// One group's part of the sharded store. Whether a shard is served here is decided where a write is applied, and in the very
// state that a read reads, so no command that was proposed before a move can take effect after it. Total and deterministic.
import type { Outcome } from "../base/outcome.ts";
import { done, refused } from "../base/outcome.ts";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { commandGrows, shardOfCommand, versionOfCommand, whyTooMuch } from "../kv/command-facts.ts";
import type { KvCommand, KvQuery } from "../kv/commands.ts";
import { decodeCommand, decodeQuery } from "../kv/commands.ts";
import type { KvResult } from "../kv/results.ts";
import { encodeResult } from "../kv/results.ts";
import type { Deadline, Partition, PartitionedMachine } from "../replica/partitioned-machine.ts";
import type { ScrubBudget, Scrubbed } from "../replica/scrub.ts";
import type { ApplyContext, Restoration, SnapshotSource } from "../replica/state-machine.ts";
import type { Configuration } from "./configuration.ts";
import { encodeConfiguration, ownerOf } from "./configuration.ts";
import type { GroupQuery } from "./group-commands.ts";
import {
  decodeGroupCommand,
  decodeGroupQuery,
  encodeArrival,
  encodeGroupCommand,
  encodeStepResult,
  isGroupLevel,
  versionOfGroupCommand,
} from "./group-commands.ts";
import type { GroupShard } from "./group-shard.ts";
import { LaterAddresses } from "./mover/later-addresses.ts";
import { decodeChunk, encodeChunk } from "./moving/chunk.ts";
import { decodeCursor } from "./moving/copy-cursor.ts";
import { settledOver } from "./settled.ts";
import type { Settlement } from "./settlement.ts";
import { isServed } from "./shard-status.ts";
import { ShardedScrub } from "./sharded-scrub.ts";
import { ShardedRestoration, ShardedSnapshot } from "./sharded-snapshot.ts";
import type { ShardedOptions } from "./sharded-state.ts";
import { ShardedState } from "./sharded-state.ts";
import { applyStep } from "./steps.ts";

const NO_PARTITION: Partition = { kind: "none" };
const CLOCK = encodeGroupCommand({ kind: "clock" });

export class ShardedStateMachine implements PartitionedMachine {
  readonly #options: ShardedOptions;
  #state: ShardedState;
  /** No part of the state. */
  readonly laterAddresses = new LaterAddresses();
  /** Nor is this: the next configuration, where this member as its leader heard that the controllers have it no more; else 0. */
  forgotten = 0;
  /** Nor this: the latest that this member heard of as its leader. */
  settlement: Settlement | null = null;
  #scrub = new ShardedScrub();
  #workBytes = 0;
  /** What the last `partitionOf` made of its bytes: the same are applied next. */
  #decodedBytes: Uint8Array = EMPTY_BYTES;
  #decodedCommand: KvCommand | null = null;

  constructor(options: ShardedOptions) {
    this.#options = options;
    this.#state = new ShardedState(options);
  }

  /** For whoever decides what is to be done about it, and for people. Not to be changed from there. */
  get state(): ShardedState {
    return this.#state;
  }

  get configuration(): Configuration {
    return this.#state.configurations.current;
  }

  get keys(): number {
    return this.#state.keyCount;
  }

  get sessionCount(): number {
    return this.#state.sessionCount;
  }

  get answerBytes(): number {
    return this.#state.answerBytes;
  }

  get workBytes(): number {
    return this.#workBytes;
  }

  get stampFloorMs(): number {
    return this.#state.stampFloorMs;
  }

  /** What a write or a read of this shard would be answered here, as far as this member has applied; null: it is served. */
  whyNotHere(number: number): Outcome<never> | null {
    const shard = this.#state.shard(number);
    return isServed(shard.status) && shard.content !== null ? null : this.#whyNotServed(shard, number);
  }

  partitionOf(bytes: Uint8Array): Partition {
    if (isGroupLevel(bytes)) return NO_PARTITION;
    const number = this.#shardOf(this.#decode(bytes));
    if (number === null) return NO_PARTITION;
    // Its sessions are changed by the one who asks, even where the command turns out to be a repetition.
    const shard = this.#state.change(number);
    const { content, status } = shard;
    if (!isServed(status) || content === null) return { kind: "refused", outcome: this.#whyNotServed(shard, number) };
    return { kind: "sessions", sessions: content.sessions };
  }

  apply(bytes: Uint8Array, { index, stampMs }: ApplyContext): Uint8Array {
    const state = this.#state;
    state.stampMs = Math.max(state.stampMs, stampMs);
    if (isGroupLevel(bytes)) {
      const result = applyStep(state, decodeGroupCommand(bytes));
      this.#options.onStep?.(index);
      return encodeStepResult(result);
    }
    state.sweepSessions();
    const command = this.#decode(bytes);
    if (command === null) return encodeResult({ kind: "badRequest", message: "these bytes are no command" });
    const number = this.#shardOf(command);
    return encodeResult(number === null ? notOfOneShard(command) : this.#applyTo(number, command));
  }

  query(bytes: Uint8Array): Outcome<Uint8Array> {
    return isGroupLevel(bytes) ? this.#queryGroup(decodeGroupQuery(bytes)) : this.#queryKeys(bytes, null);
  }

  /** As `query` of its bytes. Values in the answer are the shard's own: not to be changed, and not to be kept. */
  look(query: KvQuery): Outcome<KvResult> {
    const number = shardOfCommand(query);
    return number === null ? done(notOfOneShard(query)) : this.#lookInto(number, query);
  }

  nextDeadline(): Deadline | null {
    const atMs = this.#state.nextDeadlineMs();
    return atMs === null ? null : { atMs, command: CLOCK };
  }

  snapshot(): SnapshotSource {
    return new ShardedSnapshot(this.#state);
  }

  restore(): Restoration {
    const restoration = new ShardedRestoration(this.#options);
    return {
      write: (bytes) => restoration.write(bytes),
      finish: () => {
        const state = restoration.finish();
        if (state !== null) this.#state = state;
        // A value that it had come half through is of the state before.
        if (state !== null) this.#scrub = new ShardedScrub();
        return state !== null;
      },
    };
  }

  digest(): string {
    return this.#state.digest();
  }

  scrub(budget: ScrubBudget): Scrubbed {
    return this.#scrub.look(this.#state.shards, budget);
  }

  grows(bytes: Uint8Array): boolean {
    if (!isGroupLevel(bytes)) return commandGrows(this.#decode(bytes));
    const command = decodeGroupCommand(bytes);
    if (command?.kind !== "stage") return false;
    // The end of a copy is taken all the same: the shard may stand still at its source by now, and nobody serves it until then.
    return decodeChunk(command.chunk)?.next.phase !== "changes";
  }

  whyTooMuch(bytes: Uint8Array): string | null {
    return isGroupLevel(bytes) ? null : whyTooMuch(this.#decode(bytes));
  }

  versionOf(bytes: Uint8Array): number {
    return isGroupLevel(bytes) ? versionOfGroupCommand(bytes) : versionOfCommand(this.#decode(bytes));
  }

  #applyTo(number: number, command: KvCommand): KvResult {
    const { stampMs } = this.#state;
    const shard = this.#state.change(number);
    const { content, onChange } = shard;
    // Asked before, by `partitionOf`; whoever applies without asking gets the same answer.
    if (!isServed(shard.status) || content === null) return { kind: "badRequest", message: "this shard is not served here" };
    const { kv } = content;
    const workBefore = kv.workBytes;
    const result = kv.apply(command, onChange === undefined ? { stampMs } : { stampMs, onChange });
    this.#workBytes += kv.workBytes - workBefore;
    return result;
  }

  #queryKeys(bytes: Uint8Array, inShard: number | null): Outcome<Uint8Array> {
    const query = decodeQuery(bytes);
    if (query === null) return done(encodeResult({ kind: "badRequest", message: "these bytes are no query" }));
    const outcome = inShard === null ? this.look(query) : this.#lookInto(inShard, query);
    return outcome.kind === "done" ? done(encodeResult(outcome.value)) : outcome;
  }

  #lookInto(number: number, query: KvQuery): Outcome<KvResult> {
    const shard = this.#state.shard(number);
    const { content, status } = shard;
    if (!isServed(status) || content === null) return this.#whyNotServed(shard, number);
    return done(content.kv.query(query, { stampMs: this.#state.stampMs }));
  }

  #queryGroup(query: GroupQuery | null): Outcome<Uint8Array> {
    const state = this.#state;
    if (query === null) return refused("badRequest", "these bytes are no query");
    if (query.kind === "configuration") {
      const configuration = state.configurations.at(query.number);
      return done(configuration === null ? EMPTY_BYTES : encodeConfiguration(configuration));
    }
    if (!state.hasShard(query.shard)) return refused("badRequest", "there is no such shard");
    if (query.kind === "inShard") return this.#queryKeys(query.query, query.shard);
    if (query.kind === "servesLater") return done(Uint8Array.of(this.#servesLater(query.shard, query.number) ? 1 : 0));
    if (query.kind === "hasArrived") return done(encodeArrival(state.arrivalOf(query.shard, query.number)));
    const from = decodeCursor(query.from);
    const chunk = from === null ? null : state.shard(query.shard).copy(query.number, from, query.bytesMax);
    return done(chunk === null ? EMPTY_BYTES : encodeChunk(chunk));
  }

  /** What a settlement found here came by a configuration before it: a group that was recovered may have had an old copy then. */
  #servesLater(shard: number, number: number): boolean {
    const { configurations, settled, options } = this.#state;
    if (this.configuration.number <= number || !isServed(this.#state.shard(shard).status)) return false;
    return settledOver(settled, number).every(({ number: by }) => {
      const settlement = configurations.at(by);
      return settlement !== null && ownerOf(settlement, shard) !== options.group;
    });
  }

  #whyNotServed({ status }: GroupShard, number: number): Outcome<never> {
    const configNumber = this.configuration.number;
    // Whom to ask instead: who has it still, who is about to have it, or who owns it.
    const owner = status.kind === "pulling" ? status.from : status.kind === "frozen" ? status.to : ownerOf(this.configuration, number);
    const details = { shard: number, configNumber, owner };
    if (configNumber === 0) return refused("starting", "this group knows no configuration yet");
    if (status.kind === "pulling" || status.kind === "frozen") return refused("shardMoving", `shard ${String(number)} is moving`, details);
    return refused("wrongShard", `group ${this.#options.group} does not own shard ${String(number)}`, details);
  }

  #shardOf(command: KvCommand | null): number | null {
    return command === null ? null : shardOfCommand(command);
  }

  #decode(bytes: Uint8Array): KvCommand | null {
    if (this.#decodedBytes !== bytes) {
      this.#decodedBytes = bytes;
      this.#decodedCommand = decodeCommand(bytes);
    }
    return this.#decodedCommand;
  }
}

function notOfOneShard({ kind }: { readonly kind: string }): KvResult {
  if (kind === "txn") return { kind: "crossSlot", message: "the keys of a transaction are of one slot" };
  return {
    kind: "badRequest",
    message: kind === "scan" ? "a scan names its shard" : "the keys of a batch are of one shard, and there is one at least",
  };
}
