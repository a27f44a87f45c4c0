import { textOf, utf8 } from "../../../../core/base/bytes.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import type { Reply } from "../../../../core/replica/effects.ts";
import type { MemberInWorld } from "../replica-world.ts";
import { ReplicaWorld } from "../replica-world.ts";
import { write } from "../kv-calls.ts";
import { TimedMachine } from "./timed-machine.ts";

const READ = { kind: "read", query: utf8(""), consistency: "linearizable" } as const;

const ringsOf = ({ machine }: MemberInWorld): number =>
  machine instanceof TimedMachine ? machine.alarm.applied.filter((each) => each === "ring").length : -1;

const textIn = (outcome: Outcome<Reply> | null): string =>
  outcome?.kind === "done" && outcome.value.kind === "result" ? textOf(outcome.value.result) : (outcome?.kind ?? "no answer");

function groupOf(size: number): { readonly world: ReplicaWorld; readonly name: string } {
  const world = new ReplicaWorld({ size, machine: () => new TimedMachine() });
  return { world, name: world.electLeader().name };
}

test("a group that nobody writes to ends what is due, by one entry", () => {
  const { world, name } = groupOf(3);
  world.call(name, write(utf8("in 1000"), null));
  world.run(900);
  expect(world.members.map(ringsOf)).toEqual([0, 0, 0]);
  world.run(400);
  expect(world.members.map(ringsOf)).toEqual([1, 1, 1]);
  expect(textIn(world.call(name, READ))).toBe("silent");
});

test("a linearizable read that arrives after a deadline waits for what ends it; one before does not", () => {
  const { world, name } = groupOf(1);
  world.call(name, write(utf8("in 1000"), null));
  world.run(700);
  expect(textIn(world.call(name, READ))).toBe("set");
  world.run(275);
  world.at(name).isDiskPaused = true;
  world.run(100);
  const late = world.ask(name, READ);
  world.run(100);
  expect(world.answer(name, late)).toBeNull();
  world.resumeDisk(name);
  world.run(100);
  expect(textIn(world.answer(name, late))).toBe("silent");
});

test("a linearizable read of a follower that arrives after a deadline waits for what ends it, too", () => {
  const { world, name } = groupOf(3);
  const follower = world.members.find((member) => member.name !== name)?.name ?? "";
  world.call(name, write(utf8("in 1000"), null));
  world.run(700);
  expect(textIn(world.call(follower, READ))).toBe("set");
  world.run(275);
  for (const member of world.members) member.isDiskPaused = true;
  world.run(100);
  const late = world.ask(follower, READ);
  world.run(100);
  expect(world.answer(follower, late)).toBeNull();
  for (const member of world.members) world.resumeDisk(member.name);
  world.run(200);
  expect(textIn(world.answer(follower, late))).toBe("silent");
});

test("the next leader ends what its predecessor did not", () => {
  const { world, name } = groupOf(3);
  world.call(name, write(utf8("in 300"), null));
  world.crash(name);
  world.run(3_000);
  expect(world.members.filter(({ replica }) => replica !== null).map(ringsOf)).toEqual([1, 1]);
});

test("log time is never below what the state has brought along", () => {
  const { world, name } = groupOf(1);
  const { machine } = world.at(name);
  world.call(name, write(utf8("a"), null));
  const before = world.running(name).status().lastStampMs;
  if (machine instanceof TimedMachine) machine.floorMs = before + 60_000;
  world.call(name, write(utf8("b"), null));
  expect(world.running(name).status().lastStampMs).toBe(before + 60_000);
  world.run(1_000);
  world.call(name, write(utf8("c"), null));
  // It goes on from there, a little slower than the clocks until they have caught up.
  expect(world.running(name).status().lastStampMs).toBeGreaterThan(before + 60_900);
});
