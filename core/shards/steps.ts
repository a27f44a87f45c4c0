// What the steps of a group do to its state: configurations, moves, time. Each is fenced by what it says of itself, so that
// one that comes late, or a second time, does nothing.
import { decodeConfiguration } from "./configuration.ts";
import type { GroupCommand, StepResult } from "./group-commands.ts";
import { decodeChunk } from "./moving/chunk.ts";
import { maySettle } from "./settlement.ts";
import { isServed } from "./shard-status.ts";
import type { ShardedState } from "./sharded-state.ts";

/** Of all shards together, so that many keys that end at once hold nothing up; the next entry goes on. */
export const EXPIRED_PER_CLOCK_MAX = 1_000;

type CommandOf<K extends GroupCommand["kind"]> = Extract<GroupCommand, { readonly kind: K }>;
type Steps = { readonly [K in GroupCommand["kind"]]: (state: ShardedState, command: CommandOf<K>) => StepResult };

/** Null: bytes that are no step. */
export function applyStep(state: ShardedState, command: GroupCommand | null): StepResult {
  if (command === null || ("shard" in command && !state.hasShard(command.shard))) return "wrong";
  return STEPS[command.kind](state, command as never);
}

const STEPS: Steps = {
  adopt: (state, { configuration }) => {
    const next = decodeConfiguration(configuration);
    if (next === null) return "wrong";
    if (!state.mayAdopt(next)) return "late";
    state.adopt(next);
    return "done";
  },
  settle: (state, { configuration, frozenTo }) => {
    const next = decodeConfiguration(configuration);
    if (next === null) return "wrong";
    if (!maySettle(state, { configuration: next, frozenTo })) return "late";
    state.settle(next);
    return "done";
  },
  stage: (state, { shard, number, from, chunk: bytes }) => {
    const chunk = decodeChunk(bytes);
    if (chunk === null) return "wrong";
    const staged = state.change(shard).stage(number, from, chunk);
    if (staged !== "whole" || chunk.totals === null) return staged === "taken" ? "done" : staged === "late" ? "late" : "wrong";
    state.counts.taken++;
    // What its clients have seen by the clock of its old group must not come back here.
    state.stampFloorMs = Math.max(state.stampFloorMs, chunk.totals.stampMs);
    state.stampMs = Math.max(state.stampMs, state.stampFloorMs);
    return "done";
  },
  freeze: (state, { shard, number }) => (state.change(shard).freeze(number, state.stampMs) ? "done" : "late"),
  thaw: (state, { shard, number }) => (state.change(shard).thaw(number) ? "done" : "late"),
  release: (state, { shard, number }) => {
    if (!state.change(shard).release(number)) return "late";
    state.counts.handedOver++;
    return "done";
  },
  clock: (state) => {
    let left = EXPIRED_PER_CLOCK_MAX;
    state.shards.forEach(({ status, content }, shard) => {
      if (content === null || !isServed(status)) return;
      const sessionsBefore = content.sessions.size;
      content.sessions.advance(state.stampMs);
      if (content.sessions.size < sessionsBefore) state.change(shard);
      const { nextDeadlineMs } = content.kv;
      if (nextDeadlineMs !== null && nextDeadlineMs <= state.stampMs) left -= expire(state, shard, left);
    });
    return "done";
  },
};

function expire(state: ShardedState, number: number, max: number): number {
  const { content, onChange } = state.change(number);
  const { stampMs } = state;
  return content?.kv.expire(max, onChange === undefined ? { stampMs } : { stampMs, onChange }) ?? 0;
}
