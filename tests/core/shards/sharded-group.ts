// One group's part of the store for unit tests: entries are applied at once, in words.
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { asGroup } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import type { TimeToLive } from "../../../core/kv/commands.ts";
import { encodeCommand, encodeQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { AppliedState } from "../../../core/replica/applied/applied-state.ts";
import { EffectQueue } from "../../../core/replica/effect-queue.ts";
import type { Session } from "../../../core/replica/events.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import type { GroupCommand, GroupQuery, StepResult } from "../../../core/shards/group-commands.ts";
import { decodeStepResult, encodeGroupCommand, encodeGroupQuery } from "../../../core/shards/group-commands.ts";
import { encodeCursor } from "../../../core/shards/moving/copy-cursor.ts";
import type { ShardStatus } from "../../../core/shards/shard-status.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { commandEntry } from "../replica/entries.ts";
import { bytesOf } from "../replica/snapshots/slices.ts";

export const LIMITS = { sessionsMax: 100, openSerialsMax: 8, answerBytesMax: 1_000_000 };
export const START_MS = 1_800_000_000_000;

export class ShardedGroup {
  readonly machine: ShardedStateMachine;
  readonly applied: AppliedState;
  nowMs = START_MS;

  constructor(id: string, changesMax = 1_000) {
    this.machine = new ShardedStateMachine({ group: asGroup(id), limits: LIMITS, changesMax });
    this.applied = new AppliedState({ machine: this.machine, effects: new EffectQueue(), base: LOG_ORIGIN });
  }

  apply(command: Uint8Array, session: Session | null = null): Outcome<Uint8Array> {
    return this.applied.apply(commandEntry(command, { index: this.applied.index + 1, stampMs: this.nowMs, session }));
  }

  step(command: GroupCommand): StepResult {
    const outcome = this.apply(encodeGroupCommand(command));
    if (outcome.kind !== "done") throw new Error("steps are answered");
    return decodeStepResult(outcome.value) ?? "wrong";
  }

  adopt(configuration: Configuration): StepResult {
    return this.step({ kind: "adopt", configuration: encodeConfiguration(configuration) });
  }

  put(key: string, value: string, { session = null, ttl }: { session?: Session | null; ttl?: TimeToLive } = {}): string {
    const command = { kind: "put", key: utf8(key), guards: NO_GUARDS, value: utf8(value) } as const;
    return inWords(this.apply(encodeCommand(ttl === undefined ? command : { ...command, ttl }), session));
  }

  append(key: string, value: string, session: Session | null = null): string {
    return inWords(this.apply(encodeCommand({ kind: "append", key: utf8(key), guards: NO_GUARDS, value: utf8(value) }), session));
  }

  remove(key: string): string {
    return inWords(this.apply(encodeCommand({ kind: "delete", key: utf8(key), guards: NO_GUARDS })));
  }

  get(key: string): string {
    return inWords(this.machine.query(encodeQuery({ kind: "get", key: utf8(key) })));
  }

  ask(query: GroupQuery): Outcome<Uint8Array> {
    return this.machine.query(encodeGroupQuery(query));
  }

  statusOf(key: string): ShardStatus {
    return this.machine.state.shard(shardOf(utf8(key))).status;
  }

  snapshotBytes(sliceBytes = 1_000): Uint8Array {
    return bytesOf(this.machine.snapshot(), sliceBytes);
  }
}

/** The value, "v<version>" of a write, or what it was refused as. */
export function inWords(outcome: Outcome<Uint8Array>): string {
  if (outcome.kind === "refused") return outcome.refusal.code;
  if (outcome.kind === "unknown") return outcome.after;
  const result = decodeResult(outcome.value);
  if (result?.kind === "found") return textOf(result.value);
  return result?.kind === "written" || result?.kind === "appended" ? `v${String(result.version)}` : (result?.kind ?? "nothing");
}

/** One chunk from the source into the receiver's log. */
export function copyChunk(source: ShardedGroup, receiver: ShardedGroup, { key, number, bytesMax = 1_000 }: Copying): StepResult {
  const shard = shardOf(utf8(key));
  const { staging } = receiver.machine.state.shard(shard);
  const from = staging === null ? new Uint8Array(0) : encodeCursor(staging.cursor);
  const outcome = source.ask({ kind: "copy", shard, number, from, bytesMax });
  if (outcome.kind !== "done") throw new Error("a copy is answered");
  return receiver.step({ kind: "stage", shard, number, from, chunk: outcome.value });
}

export type Copying = { readonly key: string; readonly number: number; readonly bytesMax?: number };

/** Copies until the copy has come to the changes. */
export function copyAll(source: ShardedGroup, receiver: ShardedGroup, copying: Copying): void {
  const shard = shardOf(utf8(copying.key));
  for (let i = 0; i < 1_000; i++) {
    if (receiver.machine.state.shard(shard).staging?.cursor.phase === "changes") return;
    copyChunk(source, receiver, copying);
  }
  throw new Error("the copy does not end");
}

export function freeze(source: ShardedGroup, { key, number }: Copying): StepResult {
  return source.step({ kind: "freeze", shard: shardOf(utf8(key)), number });
}

export function release(source: ShardedGroup, { key, number }: Copying): StepResult {
  return source.step({ kind: "release", shard: shardOf(utf8(key)), number });
}

/** The whole move. */
export function move(source: ShardedGroup, receiver: ShardedGroup, copying: Copying): void {
  copyAll(source, receiver, copying);
  freeze(source, copying);
  for (let i = 0; i < 100 && receiver.statusOf(copying.key).kind === "pulling"; i++) copyChunk(source, receiver, copying);
  release(source, copying);
}
