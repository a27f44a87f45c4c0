// Two members of each of two groups apply the same entries; one of them is restored from a snapshot of the other now and
// then. With room for hardly anything, time that jumps by hours, and shards that move to and fro, both must stay the same in
// everything: what they answer, what they hold, what they would refuse next.
import { utf8 } from "../../../core/base/bytes.ts";
import { asBoot, asGroup, asMember } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import type { KvOperation } from "../../../core/kv/commands.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { AppliedState } from "../../../core/replica/applied/applied-state.ts";
import { createClientId } from "../../../core/replica/applied/client-id.ts";
import { EffectQueue } from "../../../core/replica/effect-queue.ts";
import type { Session } from "../../../core/replica/events.ts";
import { ContentRestoration, SnapshotContent } from "../../../core/replica/snapshots/snapshot-content.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import { encodeGroupCommand, encodeGroupQuery } from "../../../core/shards/group-commands.ts";
import { encodeCursor } from "../../../core/shards/moving/copy-cursor.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { commandEntry } from "../replica/entries.ts";
import { bytesOf } from "../replica/snapshots/slices.ts";
import { configurationOf } from "./bench/configurations.ts";
import { START_MS } from "./sharded-group.ts";

const KEYS = ["{a}", "{b}", "{c}"];
const LIMITS = { sessionsMax: 4, openSerialsMax: 3, answerBytesMax: 900 };

class Member {
  readonly machine: ShardedStateMachine;
  readonly applied: AppliedState;

  constructor(group: string) {
    this.machine = new ShardedStateMachine({ group: asGroup(group), limits: LIMITS, changesMax: 6 });
    this.applied = new AppliedState({ machine: this.machine, effects: new EffectQueue(), base: LOG_ORIGIN });
  }

  /** From what the other one holds, in slices of some size; perhaps in the place of something else. */
  restore(other: Member, sliceBytes: number): void {
    const bytes = bytesOf(new SnapshotContent(other.applied), sliceBytes);
    const content = new ContentRestoration(this.machine);
    for (let at = 0; at < bytes.length; at += 999) content.write(bytes.slice(at, at + 999));
    const restored = content.finish(other.applied.base);
    if (restored === null) throw new Error("it can be restored");
    this.applied.replace(restored);
  }

  facts(): unknown {
    const { machine, applied } = this;
    const { room } = machine.state.limits;
    const totals = [machine.keys, machine.sessionCount, machine.answerBytes, machine.nextDeadline()?.atMs, machine.stampFloorMs];
    return [applied.stateDigest(), applied.lastStampMs, applied.groupVersion, totals, room?.sessions, room?.answerBytes];
  }
}

class Group {
  members: readonly Member[];
  readonly #id: string;
  nowMs: number;

  constructor(id: string, nowMs: number) {
    this.#id = id;
    this.nowMs = nowMs;
    this.members = [new Member(id), new Member(id)];
  }

  get machine(): ShardedStateMachine {
    return (this.members[0] as Member).machine;
  }

  apply(command: Uint8Array, session: Session | null = null): string {
    const fields = { stampMs: this.nowMs, session };
    const outcomes = this.members.map(({ applied }) => applied.apply(commandEntry(command, { ...fields, index: applied.index + 1 })));
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect((this.members[1] as Member).facts()).toEqual((this.members[0] as Member).facts());
    const [outcome] = outcomes;
    return outcome?.kind === "refused" ? outcome.refusal.code : "done";
  }

  restoreOne(random: Random): void {
    const [first, second] = this.members as [Member, Member];
    const target = random.chance(0.5) ? second : new Member(this.#id);
    target.restore(first, random.between(1, 3_000));
    expect(target.facts()).toEqual(first.facts());
    this.members = random.chance(0.5) ? [first, target] : [target, first];
  }
}

function randomCommand(random: Random, key: string): Uint8Array {
  const name = (): Uint8Array => utf8(`${key}${random.between(0, 12)}`);
  const operation = (): KvOperation => {
    const own = { key: name(), guards: NO_GUARDS };
    const chosen = random.between(0, 6);
    if (chosen === 0) return { kind: "delete", ...own };
    if (chosen === 1) return { kind: "append", ...own, value: utf8("more") };
    if (chosen === 2) return { kind: "get", key: own.key };
    if (chosen === 3) return { kind: "rename", ...own, to: name() };
    if (chosen === 4) return { kind: "expire", ...own, ttl: { kind: "after", ms: random.between(1, 90_000) } };
    const ttl = random.chance(0.5) ? ({ kind: "after", ms: random.between(1, 5_000) } as const) : ({ kind: "forever" } as const);
    return { kind: "put", ...own, value: utf8("x".repeat(random.between(0, 60))), ttl };
  };
  return encodeCommand({ kind: "batch", operations: Array.from({ length: random.between(1, 3) }, operation) });
}

/** What the movers of two groups do, in any order and more often than they need. */
function moveOn(random: Random, groups: readonly Group[], key: string): void {
  const shard = shardOf(utf8(key));
  for (const [receiver, source] of [groups, groups.toReversed()] as [Group, Group][]) {
    const { status, staging } = receiver.machine.state.shard(shard);
    if (status.kind === "pulling") {
      const from = staging === null ? new Uint8Array(0) : encodeCursor(staging.cursor);
      const { number } = status;
      const bytesMax = random.between(1, 300);
      const chunk = source.machine.query(encodeGroupQuery({ kind: "copy", shard, number, from, bytesMax }));
      if (random.chance(0.3)) source.apply(encodeGroupCommand({ kind: "freeze", shard, number }));
      if (chunk.kind === "done" && chunk.value.length > 0)
        receiver.apply(encodeGroupCommand({ kind: "stage", shard, number, from, chunk: chunk.value }));
    } else {
      const left = source.machine.state.shard(shard).status;
      const hasArrived = left.kind === "frozen" && receiver.machine.state.arrivalOf(shard, left.number) === "yes";
      if (hasArrived) source.apply(encodeGroupCommand({ kind: "release", shard, number: left.number }));
    }
  }
}

test.each([1, 2, 3])("who was restored and who was not stay the same (seed %i)", (seed) => {
  const random = new Random(seed);
  const groups = [new Group("1", START_MS), new Group("2", START_MS + 500_000)] as const;
  const issue = (count: number): string =>
    createClientId({ issuedMs: Math.max(groups[0].nowMs, groups[1].nowMs), member: asMember("m"), boot: asBoot(1), count });
  const clients = Array.from({ length: 12 }, (_, i) => ({ id: issue(i), serial: 0, acked: 0 }));
  const seen = new Set<string>();
  let configuration = 0;
  for (let step = 0; step < 1_200; step++) {
    const group = random.pick(groups);
    const chosen = random.fraction();
    if (chosen < 0.6) {
      const client = random.pick(clients);
      if (random.chance(0.03)) Object.assign(client, { id: issue(100 + step), serial: 0, acked: 0 });
      if (random.chance(0.7)) client.serial++;
      if (random.chance(0.3)) client.acked = Math.max(client.acked, client.serial - random.between(1, 4));
      const serial = Math.max(client.acked + 1, client.serial - (random.chance(0.2) ? 1 : 0));
      const session = random.chance(0.9) ? { client: client.id, serial, acked: client.acked } : null;
      seen.add(group.apply(randomCommand(random, random.pick(KEYS)), session));
    } else if (chosen < 0.85) moveOn(random, groups, random.pick(KEYS));
    else if (chosen < 0.9) group.restoreOne(random);
    else if (chosen < 0.93) group.apply(encodeGroupCommand({ kind: "clock" }));
    else if (chosen < 0.96) {
      for (const each of groups) each.nowMs += random.chance(0.1) ? random.between(0, 4_000_000) : random.between(0, 90_000);
    } else {
      const owners = Object.fromEntries(KEYS.map((key) => [key, random.chance(0.1) ? null : random.between(1, 2)]));
      const adopt = encodeGroupCommand({
        kind: "adopt",
        configuration: encodeConfiguration(configurationOf(configuration + 1, 2, owners)),
      });
      if (!groups.every(({ machine }) => machine.state.isSettled && machine.configuration.number === configuration)) continue;
      for (const each of groups) each.apply(adopt);
      configuration++;
    }
  }
  expect(configuration).toBeGreaterThan(4);
  expect([...seen].sort()).toEqual(expect.arrayContaining(["done", "overloaded", "shardMoving", "wrongShard"]));
});
