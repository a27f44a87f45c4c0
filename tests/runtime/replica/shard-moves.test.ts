import { asGroup } from "../../../core/base/ids.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../core/replica/options.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import type { GroupCommand } from "../../../core/shards/group-commands.ts";
import { encodeGroupCommand, encodeGroupQuery } from "../../../core/shards/group-commands.ts";
import { encodeCursor } from "../../../core/shards/moving/copy-cursor.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { asIndex, asServiceIndex } from "../../../core/base/ids.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import type { Life } from "../../../runtime/replica/member.ts";
import { ShardMoves } from "../../../runtime/replica/shard-moves.ts";
import { twoGroups } from "../http/kv/door-fixture.ts";

/** A group whose moves are watched; `lastIndex` is what its log held when it began. */
class Watched {
  readonly machine: ShardedStateMachine;
  readonly #metrics = new Metrics({ service: "replica", version: "0" });
  #nowMs = 0;
  #index = 0;
  role = "leader";

  constructor(group: string, lastIndex: number) {
    const host = { status: () => ({ raft: { role: this.role, lastIndex } }) };
    const view: { life: Life<ShardedStateMachine> | null } = { life: null };
    const member = {
      ...{ waiting: { reasons: [], recovery: null }, peerIdentity: null },
      get life() {
        return view.life;
      },
    };
    const clock = { monotonicMs: () => this.#nowMs, wallMs: () => 0 };
    const moves = new ShardMoves({ member, metrics: this.#metrics, clock });
    this.machine = new ShardedStateMachine({
      group: asGroup(group),
      limits: DEFAULT_REPLICA_LIMITS,
      onStep: (index) => moves.stepped(index),
    });
    view.life = { host, machine: this.machine } as unknown as Life<ShardedStateMachine>;
  }

  step(command: GroupCommand, afterMs = 0): void {
    this.#nowMs += afterMs;
    this.#index++;
    const at = { index: asIndex(this.#index), serviceIndex: asServiceIndex(this.#index), stampMs: this.#index };
    this.machine.apply(encodeGroupCommand(command), at);
  }

  adopt(number: number, border: number): void {
    this.step({ kind: "adopt", configuration: encodeConfiguration(twoGroups(number, border)) });
  }

  async value(name: string): Promise<number> {
    const line = (await this.#metrics.text()).split("\n").find((each) => each.startsWith(`${name} `));
    return Number(line?.split(" ").at(-1));
  }
}

function move(from: Watched, to: Watched): void {
  for (const group of [from, to]) group.adopt(1, 128);
  for (const group of [from, to]) group.adopt(2, 127);
  from.step({ kind: "freeze", shard: 127, number: 2 }, 1_000);
  for (let staging = to.machine.state.shard(127).staging; staging !== null; staging = to.machine.state.shard(127).staging) {
    const cursor = encodeCursor(staging.cursor);
    const chunk = from.machine.query(encodeGroupQuery({ kind: "copy", shard: 127, number: 2, from: cursor, bytesMax: 1_000 }));
    if (chunk.kind !== "done") throw new Error(chunk.kind);
    to.step({ kind: "stage", shard: 127, number: 2, from: cursor, chunk: chunk.value }, 2_000);
  }
  from.step({ kind: "release", shard: 127, number: 2 }, 250);
}

test("a move is counted at both ends, with how long it took and how long nobody was served", async () => {
  const [from, to] = [new Watched("1", 0), new Watched("2", 0)];
  move(from, to);
  expect(await from.value('flotilla_shard_migrations_total{result="handedOver"}')).toBe(1);
  expect(await from.value("flotilla_shard_frozen_duration_seconds_sum")).toBe(0.25);
  expect(await to.value('flotilla_shard_migrations_total{result="taken"}')).toBe(1);
  expect(await to.value("flotilla_shard_migration_duration_seconds_sum")).toBeGreaterThanOrEqual(2);
  expect(await from.value('flotilla_shards{state="serving"}')).toBe(127);
  expect(await to.value('flotilla_shards{state="serving"}')).toBe(129);
});

test("who follows counts nothing, and neither does who applies again what its log holds", async () => {
  const [from, to] = [new Watched("1", 100), new Watched("2", 0)];
  to.role = "follower";
  move(from, to);
  expect(await from.value('flotilla_shard_migrations_total{result="handedOver"}')).toBe(0);
  expect(await to.value('flotilla_shard_migrations_total{result="taken"}')).toBe(0);
});
