import { textOf, utf8 } from "../../../../core/base/bytes.ts";
import { done } from "../../../../core/base/outcome.ts";
import { ReplicaWorld } from "../replica-world.ts";
import { RecordingCompanion, TimedMachine } from "./timed-machine.ts";

function groupOf(size: number): { readonly world: ReplicaWorld; readonly companions: Map<string, RecordingCompanion> } {
  const companions = new Map<string, RecordingCompanion>();
  const companion = (name: string): RecordingCompanion => {
    const made = new RecordingCompanion();
    companions.set(name, made);
    return made;
  };
  return { world: new ReplicaWorld({ size, machine: () => new TimedMachine(), companion }), companions };
}

const QUESTION = { to: "controllers", number: 3 } as const;

test("every tick tells whether the member leads", () => {
  const { world, companions } = groupOf(3);
  const { name } = world.electLeader();
  world.tick();
  for (const [member, companion] of companions) expect(companion.told("tick").at(-1)?.isLeading).toBe(member === name);
});

test("what is proposed is applied everywhere, and its answer comes back; a member that doesn't lead proposes nothing", () => {
  const { world, companions } = groupOf(3);
  const { name } = world.electLeader();
  for (const companion of companions.values()) companion.wishes = [{ kind: "propose", id: 7, command: utf8("hello") }];
  world.run(300);
  for (const [member, companion] of companions) {
    const [ended, ...others] = companion.told("proposalEnded");
    expect(others).toEqual([]);
    expect(ended?.id).toBe(7);
    if (member !== name) expect(ended?.outcome).toMatchObject({ kind: "refused", refusal: { code: "notLeader" } });
    else expect(ended?.outcome.kind === "done" ? textOf(ended.outcome.value) : "").toBe("silent");
    const { machine } = world.at(member);
    expect(machine instanceof TimedMachine ? machine.alarm.applied : []).toEqual(["hello"]);
  }
});

test("an entry that never will be ends as refused", () => {
  const { world, companions } = groupOf(3);
  const { name } = world.electLeader();
  world.passes = ({ from, to }) => from !== name && to !== name;
  const companion = companions.get(name) as RecordingCompanion;
  companion.wishes = [{ kind: "propose", id: 1, command: utf8("lost") }];
  world.run(3_000);
  world.passes = () => true;
  world.run(1_000);
  expect(companion.told("proposalEnded").map(({ outcome }) => outcome.kind)).toEqual(["unknown"]);
});

test("when the disk is short of space, what grows is refused", () => {
  const { world, companions } = groupOf(1);
  const { name } = world.electLeader();
  world.tell(name, { kind: "diskSpace", state: "short" });
  const companion = companions.get(name) as RecordingCompanion;
  companion.wishes = [{ kind: "propose", id: 1, command: utf8("grow") }];
  world.run(100);
  expect(companion.told("proposalEnded")).toMatchObject([{ outcome: { refusal: { code: "diskFull" } } }]);
});

test("questions are the host's to carry, and answers come back", () => {
  const { world, companions } = groupOf(1);
  const { name } = world.electLeader();
  const companion = companions.get(name) as RecordingCompanion;
  companion.wishes = [{ kind: "ask", ask: 4, question: QUESTION, timeoutMs: 100 }];
  world.tick();
  expect(world.at(name).effects.filter(({ kind }) => kind === "ask")).toEqual([
    { kind: "ask", ask: 4, question: QUESTION, timeoutMs: 100 },
  ]);
  world.tell(name, { kind: "groupAnswered", answer: { kind: "answered", ask: 4, outcome: done(utf8("x")), configNumber: 9 } });
  world.settle();
  expect(companion.told("answered")).toMatchObject([{ ask: 4, configNumber: 9 }]);
});
