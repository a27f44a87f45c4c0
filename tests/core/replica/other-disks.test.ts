// Members that come back with another disk than they had, and members that were taken out: how they are found out and told.
import { asMember } from "../../../core/base/ids.ts";
import { lifeNumber } from "../../../core/replica/life-number.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { envelopeOf, isolate } from "./envelopes.ts";
import { put, shortly } from "./kv-calls.ts";
import { ReplicaWorld } from "./replica-world.ts";

test("a member whose disk was exchanged for an older one is told so, and stops", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const victim = world.followers[0]?.name ?? "";
  world.restart(victim);
  world.call(leader.name, put("a", "1"));
  world.run(300);
  world.crash(victim);
  world.at(victim).disk = { ...world.at(victim).disk, boot: 0 };
  world.start(victim);
  world.run(1_000);
  expect(world.at(victim).stopped).toMatchObject({ reason: "wiped" });
  expect(world.observed(leader.name, "envelopeRefused").some(({ why }) => why === "oldLife")).toBe(true);
  expect(shortly(world.call(world.electLeader().name, put("a", "2")))).toBe("v2");
});

test("a member that lost its disk and kept its boot number is found out by its log", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const victim = world.followers[0]?.name ?? "";
  for (let i = 0; i < 5; i++) world.call(leader.name, put("a", String(i)));
  world.run(300);
  world.wipe(victim);
  world.start(victim);
  world.run(1_000);
  expect(world.at(victim).stopped).toMatchObject({ reason: "wiped", message: expect.stringContaining("acknowledged") as string });
});

test("an old disk that was started again and again, unheard, is found out by whoever knows a life that it does not remember", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const [victim = leader, third = leader] = world.followers;
  world.run(300);
  const backup = { ...victim.disk, entries: [...victim.disk.entries] };
  world.restart(victim.name);
  world.restart(victim.name);
  world.run(500);
  world.crash(victim.name);
  Object.assign(victim, { disk: backup, mark: 7 });
  // It never comes to set itself aside, and is soon ahead of every number that its peers know.
  world.passes = ({ from, to }) => from !== victim.name && to !== victim.name;
  for (let i = 0; i < 4; i++) {
    world.start(victim.name);
    world.run(50);
    world.crash(victim.name);
  }
  world.crash(leader.name);
  world.passes = () => true;
  world.start(victim.name);
  world.run(3_000);
  expect(victim.stopped).toMatchObject({ reason: "wiped" });
  expect(third.replica?.status().raft.role).not.toBe("leader");
});

test("a member without what it acknowledged is not believed in any later life", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const victim = world.followers[0]?.name ?? "";
  for (let i = 0; i < 5; i++) world.call(leader.name, put("a", String(i)));
  world.run(300);
  world.wipe(victim);
  // It is killed before it hears what it is told.
  world.passes = ({ to, body }) => to !== victim || body.kind !== "youAreWiped";
  world.start(victim);
  world.run(200);
  world.restart(victim);
  for (const { name } of world.members) if (name !== victim) world.restart(name);
  world.passes = () => true;
  world.run(2_000);
  expect(world.at(victim).stopped).toMatchObject({ reason: "wiped" });
});

test("entries that were on their way to an earlier life are not taken by an older disk, which is found out without what it acknowledged", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const [victim = leader] = world.followers;
  world.run(300);
  const backup = { ...victim.disk, entries: [...victim.disk.entries] };
  const late: PeerMessage[] = [];
  world.passes = (message) => {
    const { to, body } = message;
    if (to === victim.name && body.kind === "raft" && body.message.kind === "append" && body.message.entries.length > 0) late.push(message);
    return true;
  };
  world.call(leader.name, put("a", "1"));
  world.run(300);
  world.crash(victim.name);
  victim.disk = backup;
  const heard: PeerMessage[] = [];
  world.passes = (message) => {
    if (message.from === victim.name) heard.push(message);
    return message.from !== victim.name && message.to !== victim.name;
  };
  world.start(victim.name);
  for (const message of late) world.tell(victim.name, { kind: "peerMessage", message });
  world.settle();
  expect(late).toHaveLength(1);
  expect(victim.disk.entries).toEqual(backup.entries);
  expect(heard.filter(({ body }) => body.kind === "raft")).toEqual([]);
  expect(heard.find(({ to }) => to === leader.name)).toMatchObject({ lives: [lifeNumber(1, 0)], body: { kind: "livesSeen" } });
  world.passes = () => true;
  world.run(1_000);
  expect(victim.stopped).toMatchObject({ reason: "wiped", message: expect.stringContaining("acknowledged") as string });
});

test("lives of peers are remembered across a restart, without any other write", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const victim = world.followers[0]?.name ?? "";
  world.restart(victim);
  world.run(500);
  expect(leader.disk.bootsSeen).toMatchObject({ [victim]: lifeNumber(2, 0) });
  for (const { name } of world.members) world.crash(name);
  world.at(victim).disk = { ...world.at(victim).disk, boot: 0 };
  for (const { name } of world.members) world.start(name);
  world.run(2_000);
  expect(world.at(victim).stopped).toMatchObject({ reason: "wiped" });
});

test("while the disk takes nothing, one write of lives waits, however many there are", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  world.run(500);
  leader.isDiskPaused = true;
  for (let i = 1; i <= 5; i++) {
    world.restart(world.followers[0]?.name ?? "");
    world.run(100);
  }
  expect(leader.confirmations.filter(({ kind }) => kind === "livesRemembered")).toHaveLength(1);
});

test.each([
  { name: "of this life", boot: 1, stops: true },
  { name: "of another life", boot: 7, stops: false },
])("being told that one is wiped $name", ({ boot, stops }) => {
  const world = new ReplicaWorld({ size: 3 });
  world.electLeader();
  const [victim, other] = world.followers;
  if (victim === undefined || other === undefined) throw new Error("no followers");
  const body = { kind: "youAreWiped", yourBoot: lifeNumber(boot, 0), why: "a test says so" } as const;
  world.tell(victim.name, { kind: "peerMessage", message: envelopeOf(world, other.name, { to: victim.name, body }) });
  world.settle();
  expect(victim.stopped?.reason ?? null).toBe(stops ? "wiped" : null);
});

test("whoever hears from a leader does not believe that it was removed: the other was cut off from the group", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const [victim, other] = world.followers;
  if (victim === undefined || other === undefined) throw new Error("no followers");
  const tell = (): void => {
    const message = envelopeOf(world, other.name, { to: victim.name, body: { kind: "youAreRemoved" } });
    world.tell(victim.name, { kind: "peerMessage", message });
    world.settle();
  };
  world.run(500);
  tell();
  expect(victim.stopped).toBeNull();
  world.passes = ({ from, to }) => from !== leader.name && to !== leader.name && to !== victim.name;
  world.run(1_500);
  tell();
  expect(victim.stopped).toMatchObject({ reason: "removed" });
});

test("a removed member is told so and stops, and its late messages disturb nobody", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const victim = world.followers[0]?.name ?? "";
  isolate(world, victim);
  const change = { kind: "removeMember", member: asMember(victim) } as const;
  expect(shortly(world.call(leader.name, { kind: "changeMembership", change }))).toBe("accepted");
  world.run(2_000);
  const { term } = world.running(leader.name).status().raft;
  world.passes = () => true;
  world.run(2_000);
  expect(world.at(victim).stopped).toMatchObject({ reason: "removed" });
  expect(world.running(leader.name).status().raft.term).toBe(term);
});
