import { asGroup } from "../../../../core/base/ids.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import { refused, unknown } from "../../../../core/base/outcome.ts";
import type { Reply } from "../../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../../core/replica/events.ts";
import type { ShardedStateMachine } from "../../../../core/shards/sharded-state-machine.ts";
import { systemClock } from "../../../../runtime/clock.ts";
import type { Caller } from "../../../../runtime/http/caller.ts";
import type { Forwarded } from "../../../../runtime/http/forwarder.ts";
import type { RoutedOperation } from "../../../../runtime/http/kv/shard-router.ts";
import { ShardRouter } from "../../../../runtime/http/kv/shard-router.ts";
import type { MemberView } from "../../../../runtime/replica/member.ts";

const OWN = asGroup("1");
const [SELF, ALIVE, HUNG] = ["http://self:1", "http://alive:1", "http://hung:1"];
const WRITE: ClientOperation = { kind: "write", command: new Uint8Array(1), session: null };
const READ: ClientOperation = { kind: "read", query: new Uint8Array(1), consistency: "linearizable" };
const DEADLINE_MS = 100;

const LOOK: RoutedOperation = { kind: "look", query: { kind: "get", key: new Uint8Array(1) } };

type World = { readonly here: Outcome<Reply>; readonly heard: readonly string[]; readonly there?: Outcome<Forwarded> };

/** A member of three that knows no leader; asks it once. */
async function ask(operation: RoutedOperation, { here, heard, there = unknown("deadline") }: World) {
  const forwarded: string[] = [];
  const commandBytes: number[] = [];
  const waits: number[] = [];
  const router = new ShardRouter({
    group: OWN,
    origin: SELF,
    member: { life: { machine: { whyNotHere: () => null } } } as unknown as MemberView<ShardedStateMachine>,
    membersOf: () => [SELF, ALIVE, HUNG].map((http) => ({ http, peer: http, redis: null })),
    door: {
      ask: (asked, answer) => {
        if (asked.operation.kind === "write") commandBytes.push(asked.operation.command.buffer.byteLength);
        answer(here);
      },
      leaderOrigin: () => null,
      untilLeader: (msMax) => (waits.push(msMax), new Promise((resolve) => setTimeout(resolve, msMax))),
      heardOrigins: () => heard,
    },
    forwarder: { forward: ({ origin }) => (forwarded.push(origin), Promise.resolve(there)) },
    clock: systemClock,
  });
  const caller: Caller = { isGone: false, watch: () => undefined, stopWatching: () => undefined };
  const forwarding = { method: "GET", url: "/", headers: {}, body: null } as const;
  const untilMs = systemClock.monotonicMs() + DEADLINE_MS;
  const routed = await router.perform({ shard: 0, operation, forwarding, untilMs, route: "anywhere", caller });
  const outcome = routed.kind === "here" ? routed.outcome : null;
  return {
    code: outcome?.kind === "refused" ? outcome.refusal.code : outcome?.kind,
    forwarded: new Set(forwarded),
    commandBytes,
    waits: waits.length,
  };
}

const NO_LEADER = refused("notLeader", "no leader is known");

test("a write is not handed to members that nothing is heard of: they would keep it, and its outcome would not be known", async () => {
  expect(await ask(WRITE, { here: NO_LEADER, heard: [] })).toMatchObject({ code: "noQuorum", forwarded: new Set() });
});

test("between two attempts it waits for a leader to be known", async () => {
  expect((await ask(WRITE, { here: NO_LEADER, heard: [] })).waits).toBeGreaterThan(1);
});

test("a member that is heard of may know a leader", async () => {
  expect(await ask(WRITE, { here: NO_LEADER, heard: [ALIVE] })).toMatchObject({ code: "unknown", forwarded: new Set([ALIVE]) });
  const there = refused("notLeader", "could not connect");
  expect(await ask(WRITE, { here: NO_LEADER, heard: [ALIVE], there })).toMatchObject({ code: "noQuorum", forwarded: new Set([ALIVE]) });
});

test("a read that nobody could confirm is refused for want of a majority, whatever became of its last attempt", async () => {
  const here = refused("noQuorum", "no leader has confirmed in time that it still leads");
  expect(await ask(READ, { here, heard: [ALIVE] })).toMatchObject({ code: "noQuorum", forwarded: new Set([ALIVE]) });
  expect(await ask(READ, { here, heard: [] })).toMatchObject({ code: "noQuorum", forwarded: new Set() });
});

test("a read with little time asks for itself: others may keep a shared question waiting for longer", async () => {
  const here = refused("noQuorum", "no leader has confirmed in time that it still leads");
  expect(await ask(LOOK, { here, heard: [] })).toMatchObject({ code: "noQuorum", forwarded: new Set() });
});

test("of a write that may have been proposed nothing is sent again", async () => {
  expect(await ask(WRITE, { here: unknown("deadline"), heard: [ALIVE] })).toMatchObject({ code: "unknown", forwarded: new Set() });
});

test("a read whose outcome is unknown is asked elsewhere", async () => {
  expect((await ask(READ, { here: unknown("deadline"), heard: [ALIVE] })).forwarded).toEqual(new Set([ALIVE]));
});

test("what is refused for another reason keeps it", async () => {
  expect((await ask(WRITE, { here: refused("starting", "restoring"), heard: [] })).code).toBe("starting");
});

test("a write that is tried again does not keep the piece of memory that its command shares with others'", async () => {
  const shared: ClientOperation = { ...WRITE, command: new Uint8Array(new ArrayBuffer(16_384), 100, 30) };
  const { commandBytes } = await ask(shared, { here: NO_LEADER, heard: [] });
  expect(commandBytes[0]).toBe(16_384);
  expect(new Set(commandBytes.slice(1))).toEqual(new Set([30]));
});
