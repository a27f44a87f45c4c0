import { utf8 } from "../../../core/base/bytes.ts";
import { asGroup, asIndex, asServiceIndex } from "../../../core/base/ids.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { encodeGroupCommand } from "../../../core/shards/group-commands.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { slicesOf } from "../replica/snapshots/slices.ts";

const GROUP = asGroup("1");
const CONTEXT = { index: asIndex(1), serviceIndex: asServiceIndex(1), stampMs: 1 };

function served(): ShardedStateMachine {
  const machine = new ShardedStateMachine({ group: GROUP, limits: { sessionsMax: 10, openSerialsMax: 4, answerBytesMax: 1_000 } });
  machine.apply(
    encodeGroupCommand({
      kind: "adopt",
      configuration: encodeConfiguration(ownConfiguration(GROUP, [{ peer: "p:1", http: "http://p", redis: null }])),
    }),
    CONTEXT,
  );
  return machine;
}

function filled(): ShardedStateMachine {
  const machine = served();
  for (let i = 0; i < 300; i++) {
    machine.apply(encodeCommand({ kind: "put", key: utf8(String(i)), guards: NO_GUARDS, value: utf8(`value ${String(i)}`) }), CONTEXT);
  }
  return machine;
}

function round(machine: ShardedStateMachine, bytes: number): { readonly end: unknown; readonly looks: number } {
  for (let looks = 1; ; looks++) {
    const end = machine.scrub({ bytes });
    if (end.kind !== "goesOn") return { end, looks };
  }
}

test("a round looks at every shard, however little each look may cost, and the next one does again", () => {
  const machine = filled();
  expect(machine.keys).toBe(300);
  for (const bytes of [1, 10_000, 10_000, 10_000_000]) expect(round(machine, bytes).end).toEqual({ kind: "roundEnded" });
  expect(round(machine, 10_000).looks).toBeGreaterThan(10);
});

test.each([0, 123, 299])("what is altered in the shard of %i is found there", (i) => {
  const machine = filled();
  const key = utf8(String(i));
  const shard = shardOf(key);
  const found = machine.state.shard(shard).content?.kv.query({ kind: "get", key }, { stampMs: 1 });
  if (found?.kind === "found") found.value[0] = 0;
  expect(round(machine, 1_000).end).toMatchObject({ kind: "altered", what: expect.stringContaining(`shard ${String(shard)},`) as string });
});

test.each([0, 10, 20, 30, 40, 50, 60, 70])(
  "what was altered is not found in a state that took its place, after %i looks at the one before",
  (looks) => {
    const machine = served();
    const key = utf8("large");
    machine.apply(encodeCommand({ kind: "put", key, guards: NO_GUARDS, value: new Uint8Array(200_000).fill(7) }), CONTEXT);
    const restoration = machine.restore();
    for (const slice of slicesOf(machine.snapshot(), 50_000)) restoration.write(slice);
    const found = machine.state.shard(shardOf(key)).content?.kv.query({ kind: "get", key }, { stampMs: 1 });
    if (found?.kind === "found") found.value[199_999] = 0;
    for (let i = 0; i < looks; i++) machine.scrub({ bytes: 5_000 });
    expect(restoration.finish()).toBe(true);
    for (let rounds = 0; rounds < 2; rounds++) expect(round(machine, 5_000).end).toEqual({ kind: "roundEnded" });
  },
);
