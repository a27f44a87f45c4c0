import { utf8 } from "../../../core/base/bytes.ts";
import { asMember } from "../../../core/base/ids.ts";
import type { KvOperation } from "../../../core/kv/commands.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { KvStateMachine } from "../../../core/kv/kv-state-machine.ts";
import { FRACTIONS_MAX, WHOLE_VALUES_MAX } from "../../../core/kv/limits.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { append, get, put, remove, shortly, write } from "./kv-calls.ts";
import { ReplicaWorld } from "./replica-world.ts";
import type { WorldOptions } from "./replica-world.ts";

function alone(options: Partial<WorldOptions> = {}): { readonly world: ReplicaWorld; readonly name: string } {
  const world = new ReplicaWorld({ size: 1, ...options });
  return { world, name: world.electLeader().name };
}

test("a follower refuses a write and says who leads, and where", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name: leader } = world.electLeader();
  world.run(200);
  const follower = world.followers[0]?.name ?? "";
  const outcome = world.call(follower, put("a", "1"));
  expect(outcome).toMatchObject({ refusal: { code: "notLeader", details: { leader, address: `http://${leader}` } } });
  for (const operation of [
    { kind: "transferLeadership", to: null } as const,
    { kind: "changeMembership", change: { kind: "removeMember", member: asMember("n1") } } as const,
  ]) {
    expect(shortly(world.call(follower, operation))).toBe("notLeader");
  }
});

test("without a leader, nobody is named", () => {
  const world = new ReplicaWorld({ size: 3 });
  world.tick();
  expect(world.call("n1", put("a", "1"))).toMatchObject({ refusal: { code: "notLeader", details: { leader: null } } });
});

test("before the first turn everything is refused as starting", () => {
  const world = new ReplicaWorld({ size: 1 });
  const { name } = world.electLeader();
  expect(world.observed(name, "serving")).toEqual([{ kind: "serving", index: 0 }]);
  world.restart(name);
  expect(world.running(name).status().stage).toBe("serving");
});

test.each([
  { name: "a deadline that has passed", operation: put("a", "1"), deadlineInMs: 0, answer: "deadline" },
  { name: "a read whose deadline has passed", operation: get("a"), deadlineInMs: -5, answer: "deadline" },
  { name: "no client id", operation: put("a", "1", { client: "x", serial: 1, acked: 0 }), answer: "badRequest" },
  { name: "serial zero", operation: put("a", "1", { client: "abc-1", serial: 0, acked: 0 }), answer: "badRequest" },
  { name: "half a serial", operation: put("a", "1", { client: "abc-1", serial: 1.5, acked: 0 }), answer: "badRequest" },
  { name: "a negative acknowledgement", operation: put("a", "1", { client: "abc-1", serial: 1, acked: -1 }), answer: "badRequest" },
  { name: "an id of long ago", operation: put("a", "1", { client: "abc-1", serial: 1, acked: 0 }), answer: "sessionExpired" },
  { name: "more than an entry may hold", operation: put("a", "x".repeat(3_000_000)), answer: "tooLarge" },
  { name: "bytes that are no command", operation: write(utf8("?"), null), answer: "badRequest" },
])("$name: $answer", ({ operation, deadlineInMs = 5_000, answer }) => {
  const { world, name } = alone();
  const id = world.ask(name, operation, deadlineInMs);
  world.settle();
  world.run(100);
  expect(shortly(world.answer(name, id))).toBe(answer);
});

test("the number of waiting writes and reads has a limit", () => {
  const world = new ReplicaWorld({ size: 3, limits: { pendingWritesMax: 2, pendingReadsMax: 2 } });
  const { name } = world.electLeader();
  // Reads that arrive with the writes are concurrent with them: they need not see them.
  const writes = [1, 2, 3].map(() => world.ask(name, put("a", "1")));
  const reads = [1, 2, 3].map(() => world.ask(name, get("a")));
  world.settle();
  expect(writes.map((id) => shortly(world.answer(name, id)))).toEqual(["v1", "v2", "overloaded"]);
  expect(reads.map((id) => shortly(world.answer(name, id)))).toEqual(["absent", "absent", "overloaded"]);
});

test("what the consensus refuses is said as it is", () => {
  const world = new ReplicaWorld({ size: 3, raftLimits: { uncommittedEntriesMax: 1 } });
  const { name } = world.electLeader();
  const ids = [1, 2, 3].map(() => world.ask(name, put("a", "1")));
  world.settle();
  expect(ids.map((id) => shortly(world.answer(name, id)))).toEqual(["v1", "overloaded", "overloaded"]);
  const refused = world.observed(name, "proposal").filter(({ result }) => result === "refused");
  expect(refused.length).toBe(2);
});

test("during a hand-over", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.passes = ({ from, to }) => from !== name && to !== name;
  const transfer = world.ask(name, { kind: "transferLeadership", to: null });
  const again = world.ask(name, { kind: "transferLeadership", to: null });
  const blocked = world.ask(name, put("a", "1"));
  world.settle();
  const change = world.ask(name, { kind: "changeMembership", change: { kind: "removeMember", member: asMember("n3") } });
  world.settle();
  expect([transfer, again, blocked, change].map((id) => shortly(world.answer(name, id)))).toEqual([
    "accepted",
    "transferring",
    "transferring",
    "transferring",
  ]);
});

test("leadership goes to whom it was asked for, and to nobody who is none of the group", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  expect(shortly(world.call(name, { kind: "transferLeadership", to: asMember("stranger") }))).toBe("badRequest");
  const to = world.followers[0]?.name ?? asMember("");
  expect(shortly(world.call(name, { kind: "transferLeadership", to }))).toBe("accepted");
  world.run(300);
  expect(world.leader.name).toBe(to);
});

test.each([
  { name: "somebody who is no member", change: { kind: "removeMember", member: asMember("x") } as const, answer: "membershipInvalid" },
  { name: "the last voter", change: { kind: "removeMember", member: asMember("n1") } as const, answer: "membershipInvalid" },
  {
    name: "promoting somebody who is no learner",
    change: { kind: "promote", member: asMember("x") } as const,
    answer: "membershipInvalid",
  },
])("a membership change that can't be: $name", ({ change, answer }) => {
  const { world, name } = alone();
  expect(shortly(world.call(name, { kind: "changeMembership", change }))).toBe(answer);
});

test("a membership change waits for the answer of the one before, also when that is committed and not yet applied", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.run(500);
  world.at(name).isDiskPaused = true;
  const close = (from: number): number => world.ask(name, { kind: "changeMembership", change: { kind: "closePlaces", from } });
  const first = close(5);
  world.run(100);
  const { membership, commitIndex } = world.running(name).status().raft;
  expect(membership.index).toBeLessThanOrEqual(commitIndex);
  const second = close(4);
  world.settle();
  expect([first, second].map((id) => shortly(world.answer(name, id)))).toEqual(["no answer", "membershipChanging"]);
});

test("a membership change is answered when it is committed, and a second one has to wait", () => {
  const world = new ReplicaWorld({ size: 3, spare: 1 });
  const { name } = world.electLeader();
  world.passes = ({ from, to }) => from !== name && to !== name;
  const add = {
    kind: "changeMembership",
    change: { kind: "addLearner", member: asMember("n4"), place: { ordinal: 3, address: "x" } },
  } as const;
  const first = world.ask(name, add);
  const second = world.ask(name, add);
  world.settle();
  expect(world.answer(name, first)).toBeNull();
  expect(shortly(world.answer(name, second))).toBe("membershipChanging");
  world.passes = () => true;
  world.run(500);
  expect(shortly(world.answer(name, first))).toBe("accepted");
});

test("when the disk is short of space, only what doesn't grow is taken", () => {
  const { world, name } = alone();
  world.call(name, put("a", "1"));
  world.tell(name, { kind: "diskSpace", state: "short" });
  expect(shortly(world.call(name, put("b", "1")))).toBe("diskFull");
  expect(shortly(world.call(name, append("a", "1")))).toBe("diskFull");
  expect(shortly(world.call(name, remove("a")))).toBe("deleted");
  expect(shortly(world.call(name, get("a")))).toBe("absent");
  world.tell(name, { kind: "diskSpace", state: "plenty" });
  expect(shortly(world.call(name, put("b", "1")))).toBe("v1");
});

class Newer extends KvStateMachine {
  override versionOf(command: Uint8Array): number {
    return super.grows(command) ? 2 : 1;
  }
}

test("a version that nobody asked for is not raised, and once something needs it it is, where every member knows it", () => {
  const world = new ReplicaWorld({ size: 3, version: 2, unaskedVersion: 1, machine: () => new Newer() });
  world.at("n3").version = 1;
  world.restart("n3");
  const { name } = world.electLeader();
  world.run(3_000);
  const version = (): number => world.running(name).status().groupVersion;
  const refusal = (): unknown => {
    const outcome = world.call(name, put("a", "1"));
    return outcome.kind === "refused" ? outcome.refusal : outcome.kind;
  };
  expect(refusal()).toMatchObject({ code: "upgrading", message: expect.stringContaining("not known to know it: n3") as string });
  world.run(1_000);
  expect(version()).toBe(1);
  world.at("n3").version = 2;
  world.restart("n3");
  world.run(3_000);
  expect([version(), world.running(name).status().behindVersion]).toEqual([2, []]);
  expect(shortly(world.call(name, put("a", "1")))).toBe("v1");
});

test("what needs a version that the group has not reached is refused", () => {
  const world = new ReplicaWorld({ size: 3, version: 2, machine: () => new Newer() });
  const { name } = world.electLeader();
  const early = world.ask(name, put("a", "1"));
  const old = world.ask(name, remove("a"));
  world.settle();
  expect(shortly(world.answer(name, early))).toBe("upgrading");
  expect(shortly(world.answer(name, old))).toBe("deleted");
  world.run(500);
  expect(shortly(world.call(name, put("a", "1")))).toBe("v1");
});

test("what might take more of every member than any command should is refused before it is proposed", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const [key, guards] = [utf8("a"), NO_GUARDS];
  const sum: KvOperation = { kind: "incrementFloat", key, guards, by: utf8("1") };
  const whole: readonly KvOperation[] = [
    { kind: "setRange", key, guards, offset: 0, value: utf8("1") },
    { kind: "rename", key, guards, to: key },
  ];
  const batch = (operations: readonly KvOperation[]): ClientOperation => write(encodeCommand({ kind: "batch", operations }), null);
  const sums = new Array<KvOperation>(FRACTIONS_MAX).fill(sum);
  const wholes = Array.from({ length: WHOLE_VALUES_MAX / 2 }, () => whole).flat();
  const { raft } = world.running(name).status();
  expect(shortly(world.call(name, batch([...sums, sum])))).toBe("badRequest");
  expect(shortly(world.call(name, batch([...wholes, ...whole.slice(0, 1)])))).toBe("badRequest");
  expect(shortly(world.call(name, batch([...wholes, ...whole.slice(1)])))).toBe("badRequest");
  expect(world.running(name).status().raft.lastIndex).toBe(raft.lastIndex);
  expect(shortly(world.call(name, batch([...wholes, ...sums])))).toBe("batched");
});

test("client ids are issued by every member, each another", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const ids = new Set<string>();
  for (const member of [...world.members, ...world.members]) {
    const outcome = world.call(member.name, { kind: "newClient" });
    if (outcome.kind === "done" && outcome.value.kind === "client") ids.add(outcome.value.client);
  }
  expect(ids.size).toBe(6);
  for (const client of ids) expect(shortly(world.call(name, append("a", "x", { client, serial: 1, acked: 0 })))).toMatch(/^v/);
});

test("an id from a member whose clock is an hour off is as good as any, also after hours of rest", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const odd = world.followers[0]?.name ?? "";
  world.at(odd).wallOffsetMs = 3_600_000;
  world.call(name, put("a", "1"));
  const useNewId = (): string => {
    const outcome = world.call(odd, { kind: "newClient" });
    const client = outcome.kind === "done" && outcome.value.kind === "client" ? outcome.value.client : "";
    return shortly(world.call(world.leader.name, append("b", "x", { client, serial: 1, acked: 0 })));
  };
  expect(useNewId()).toBe("v1");
  // Everybody sleeps for three hours: nothing is applied in the meantime, and the clocks go on.
  world.nowMs += 3 * 3_600_000;
  world.run(2_000);
  world.restart(odd);
  world.run(1_000);
  expect(useNewId()).toBe("v2");
});

test("a member that has just begun issues no client id before it has looked at a clock: it would be of the year 1970, and expired", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.call(name, put("a", "1"));
  const follower = world.followers[0]?.name ?? "";
  world.restart(follower);
  world.settle();
  expect(shortly(world.call(follower, { kind: "newClient" }))).toBe("starting");
  world.run(50);
  const outcome = world.call(follower, { kind: "newClient" });
  const client = outcome.kind === "done" && outcome.value.kind === "client" ? outcome.value.client : "";
  expect(shortly(world.call(world.leader.name, append("b", "x", { client, serial: 1, acked: 0 })))).toBe("v1");
});
