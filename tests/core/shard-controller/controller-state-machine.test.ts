import fc from "fast-check";
import type { GroupId } from "../../../core/base/ids.ts";
import { asGroup } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import type { ControllerCommand, SettleCommand } from "../../../core/shard-controller/commands.ts";
import { CONFIGURATIONS_KEPT, FOUNDINGS_MAX } from "../../../core/shard-controller/controller-state.ts";
import { GROUPS_MAX, ownerOf, shardsOf } from "../../../core/shards/configuration.ts";
import { SHARDS } from "../../../core/shards/slots.ts";
import { addressOf, AskedMachine, foundingMembers, groups, load, members, movesBetween } from "./groups.ts";

function joined(...names: readonly string[]): AskedMachine {
  const asked = new AskedMachine();
  asked.apply({ kind: "join", groups: names.map((name) => members(name)) });
  return asked;
}

// The tests of MIT 6.824's shard controller, by what they ask for.
describe("as the lab demands", () => {
  test("configuration 0 has no groups, and every shard belongs to nobody", () => {
    expect(new AskedMachine().configuration()).toEqual({ number: 0, shards: new Array<null>(SHARDS).fill(null), groups: {} });
  });

  test("basic leave and join: the groups there are, balanced, at the addresses that were given", () => {
    const asked = new AskedMachine();
    const seen: string[] = [JSON.stringify(asked.configuration())];
    const change = (command: ControllerCommand, expected: readonly string[]): void => {
      expect(asked.apply(command)).toEqual({ kind: "changed", number: seen.length });
      const configuration = asked.configuration();
      seen.push(JSON.stringify(configuration));
      expect(Object.keys(configuration.groups).sort()).toEqual([...expected].sort());
      for (const name of expected) expect(configuration.groups[name]).toEqual(members(name).members);
      const counts = Object.values(load(configuration));
      expect(Math.max(...counts, 0) - Math.min(...counts, SHARDS)).toBeLessThanOrEqual(1);
    };
    change({ kind: "join", groups: [members("1")] }, ["1"]);
    change({ kind: "join", groups: [members("2")] }, ["1", "2"]);
    change({ kind: "leave", groups: groups("1") }, ["2"]);
    change({ kind: "abandon", groups: groups("2") }, []);
    change({ kind: "join", groups: [members("1")] }, ["1"]); // once more, after it has left
    // historical queries
    seen.forEach((text, number) => expect(JSON.stringify(asked.configuration(number))).toBe(text));
  });

  test("moves: each is a number of its own, and the last word on its shard", () => {
    const asked = joined("501", "502");
    const target = (shard: number): string => (shard < SHARDS / 2 ? "501" : "502");
    for (let shard = 0; shard < SHARDS; shard++) {
      const isNew = asked.configuration().shards[shard] !== target(shard);
      const before = asked.configuration().number;
      expect(asked.apply({ kind: "move", shard, group: asGroup(target(shard)) })).toEqual({
        kind: "changed",
        number: before + (isNew ? 1 : 0),
      });
    }
    expect(asked.configuration().shards).toEqual(Array.from({ length: SHARDS }, (_, shard) => target(shard)));
  });

  test("minimal transfers after joins and leaves", () => {
    const asked = joined("1", "2");
    const before = asked.configuration();
    asked.apply({ kind: "join", groups: [members("3")] });
    const after = asked.configuration();
    expect(movesBetween(before.shards, after.shards)).toBeLessThanOrEqual(Math.floor(SHARDS / 3) + 1);
    before.shards.forEach((owner, shard) => expect([owner, "3"]).toContain(after.shards[shard]));
    asked.apply({ kind: "leave", groups: groups("1") });
    const last = asked.configuration();
    after.shards.forEach((owner, shard) => {
      if (owner !== "1") expect(last.shards[shard]).toBe(owner);
    });
  });

  test("several groups in one join and one leave make one number each", () => {
    const asked = joined("1", "2", "3");
    expect(asked.configuration().number).toBe(1);
    asked.apply({ kind: "leave", groups: groups("1", "3") });
    expect(asked.configuration().number).toBe(2);
    expect(load(asked.configuration())).toEqual({ "2": SHARDS });
  });
});

test("whatever comes, in whatever order: members that applied the same are the same, numbers have no gaps", () => {
  const random = new Random(11);
  const one = new AskedMachine();
  const other = new AskedMachine();
  const name = (): string => String(random.between(1, 12));
  const command = (): ControllerCommand => {
    const kind = random.between(0, 5);
    const group = asGroup(name());
    if (kind === 0) return { kind: "join", groups: [members(group, random.between(1, 3))] };
    if (kind === 1) return { kind: random.pick(["leave", "abandon"]), groups: [group] };
    if (kind === 2) return { kind: "move", shard: random.between(0, SHARDS), group };
    if (kind === 3) return { kind: "found", group, members: foundingMembers(`${group}-${random.between(0, 2)}`) };
    if (kind === 4) return { kind: "announce", group, ordinal: random.between(0, 2), address: addressOf(name(), random.between(0, 2)) };
    return { kind: "joinFounded", groups: [group] };
  };
  for (let i = 0; i < 1_500; i++) {
    const before = one.configuration();
    const next = command();
    expect(other.apply(next)).toEqual(one.apply(next));
    const after = one.configuration();
    expect([before.number, before.number + 1]).toContain(after.number);
    if (after.number === before.number) expect(after).toEqual(before);
    if (next.kind === "join" || next.kind === "leave" || next.kind === "abandon") {
      const counts = Object.values(load(after));
      const hasNewGroups = Object.keys(after.groups).sort().join() !== Object.keys(before.groups).sort().join();
      if (hasNewGroups && counts.length > 0) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    expect(
      after.shards.every((owner) => (owner === null ? Object.keys(after.groups).length === 0 : Object.hasOwn(after.groups, owner))),
    ).toBe(true);
  }
  expect(other.machine.digest()).toBe(one.machine.digest());
  expect(one.configuration().number).toBeGreaterThan(100);
});

test.each<{ name: string; command: ControllerCommand; says: string }>([
  {
    name: "a shard that there isn't",
    command: { kind: "move", shard: 256, group: asGroup("1") },
    says: "there are 256 shards, from 0; 256 is none",
  },
  {
    name: "a group that there isn't",
    command: { kind: "move", shard: 1, group: asGroup("toString") },
    says: "group toString has not joined",
  },
  {
    name: "that the last group leaves: whoever joined next would begin empty",
    command: { kind: "leave", groups: groups("1", "2") },
    says: "nobody would be left to take over their shards",
  },
  {
    name: "an announcement of a group that was never founded",
    command: { kind: "announce", group: asGroup("1"), ordinal: 0, address: addressOf("1", 0) },
    says: "group 1 was never founded",
  },
])("refuses $name, and nothing changes", ({ command, says }) => {
  const asked = joined("1");
  const digest = asked.machine.digest();
  expect(asked.apply(command)).toEqual({ kind: "badRequest", message: says });
  expect(asked.machine.digest()).toBe(digest);
});

test("there are at most as many groups as shards", () => {
  const asked = joined(...Array.from({ length: SHARDS }, (_, i) => `g${i}`));
  expect(new Set(Object.values(load(asked.configuration())))).toEqual(new Set([1]));
  expect(asked.apply({ kind: "join", groups: [members("one-more")] })).toMatchObject({ kind: "badRequest" });
});

test("a number that is not kept any more, or not made yet, is answered with those that are", () => {
  const asked = joined("1", "2");
  for (let i = 0; i < CONFIGURATIONS_KEPT; i++) asked.apply({ kind: "move", shard: 0, group: asGroup(String(2 - (i % 2))) });
  const { number } = asked.configuration();
  const answer = { kind: "noConfiguration", oldest: number - CONFIGURATIONS_KEPT + 1, latest: number };
  expect(asked.ask({ kind: "configuration", number: 0 })).toEqual(answer);
  expect(asked.ask({ kind: "configuration", number: number + 1 })).toEqual(answer);
});

describe("foundings", () => {
  const found = (asked: AskedMachine, by: string): unknown =>
    asked.apply({ kind: "found", group: asGroup("1"), members: foundingMembers(by) });

  test("the first record wins and is the answer for ever, also after the group has left", () => {
    const asked = new AskedMachine();
    const first = { kind: "founding", founding: { members: foundingMembers("a"), addresses: new Map() } };
    expect(asked.ask({ kind: "founding", group: asGroup("1") })).toEqual({ kind: "founding", founding: null });
    expect(found(asked, "a")).toEqual(first);
    expect(found(asked, "b")).toEqual(first);
    asked.apply({ kind: "join", groups: [members("1")] });
    asked.apply({ kind: "abandon", groups: groups("1") });
    expect(found(asked, "c")).toEqual(first);
    expect(asked.configuration().number).toBe(2);
  });

  test("the first configuration is of all named groups at once, where their members said that they are", () => {
    const asked = new AskedMachine();
    const announce = (group: string, ordinal: number, address = addressOf(group, ordinal)): unknown =>
      asked.apply({ kind: "announce", group: asGroup(group), ordinal, address });
    const initial: ControllerCommand = { kind: "joinFounded", groups: groups("1", "2") };
    expect(asked.apply(initial)).toMatchObject({ kind: "badRequest", message: "not known to be anywhere yet: group 1, group 2" });
    for (const group of ["1", "2"]) asked.apply({ kind: "found", group: asGroup(group), members: foundingMembers(group) });
    announce("1", 1);
    announce("1", 0);
    expect(asked.apply(initial)).toMatchObject({ message: "not known to be anywhere yet: group 2" });
    announce("2", 0);
    expect(asked.apply(initial)).toEqual({ kind: "changed", number: 1 });
    expect(asked.configuration().groups).toEqual({ "1": members("1", 2).members, "2": members("2", 1).members });
    // One that comes late is one more address, another address moves nothing, and what is said again makes no number.
    expect(announce("1", 2)).toEqual({ kind: "changed", number: 2 });
    expect(announce("1", 2)).toEqual({ kind: "changed", number: 2 });
    expect(announce("1", 0, addressOf("elsewhere", 0))).toEqual({ kind: "changed", number: 3 });
    expect(asked.configuration().groups["1"]?.map(({ peer }) => peer)).toEqual(["elsewhere-0.:7401", "1-1.:7401", "1-2.:7401"]);
    expect(asked.configuration().shards).toEqual(asked.configuration(1).shards);
  });

  test("is only the first: a group that has left does not come back by itself", () => {
    const asked = joined("1");
    asked.apply({ kind: "abandon", groups: groups("1") });
    asked.apply({ kind: "found", group: asGroup("1"), members: foundingMembers("1") });
    asked.apply({ kind: "announce", group: asGroup("1"), ordinal: 0, address: addressOf("1", 0) });
    expect(asked.apply({ kind: "joinFounded", groups: groups("1") })).toEqual({ kind: "changed", number: 2 });
    expect(asked.configuration().groups).toEqual({});
  });

  test("are bounded", () => {
    const asked = new AskedMachine();
    for (let i = 0; i < FOUNDINGS_MAX; i++) asked.apply({ kind: "found", group: asGroup(`g${i}`), members: foundingMembers("x", 1) });
    expect(asked.apply({ kind: "found", group: asGroup("more"), members: foundingMembers("x", 1) })).toMatchObject({ kind: "tooLarge" });
    expect(asked.apply({ kind: "found", group: asGroup("g7"), members: foundingMembers("y", 1) })).toMatchObject({ kind: "founding" });
  });
});

test("every byte string has an answer", () => {
  const asked = joined("1");
  fc.assert(
    fc.property(fc.nat(8), fc.json(), (code, text) => {
      const bytes = new Uint8Array([code, ...utf8(text)]);
      expect(() => [asked.applyBytes(bytes), asked.machine.query(bytes), asked.machine.versionOf(bytes)]).not.toThrow();
    }),
    { numRuns: 500, seed: 6 },
  );
  expect(asked.applyBytes(new Uint8Array())).toEqual({ kind: "badRequest", message: "these bytes are no command" });
  expect(asked.machine.grows()).toBe(true);
});

describe("a settlement", () => {
  const settled = (asked: AskedMachine, changes: Partial<SettleCommand> = {}): ReturnType<AskedMachine["apply"]> => {
    const { number, shards } = asked.configuration();
    return asked.apply({ kind: "settleForGood", number, holders: shards, gone: groups("3"), frozenTo: [], ...changes });
  };

  function three(): AskedMachine {
    const asked = new AskedMachine();
    asked.apply({ kind: "join", groups: [members("1"), members("2")] });
    asked.apply({ kind: "join", groups: [members("3")] });
    return asked;
  }

  test("is one more configuration, in which each has what it has; a gone group that has nothing is no more in it", () => {
    const asked = three();
    expect(settled(asked, { holders: asked.configuration(1).shards })).toEqual({ kind: "changed", number: 3 });
    expect(asked.configuration().shards).toEqual(asked.configuration(1).shards);
    expect(Object.keys(asked.configuration().groups)).toEqual(["1", "2"]);
    expect([...asked.machine.settlements]).toEqual([[3, []]]);
  });

  test("the same once more changes nothing, unless more was said", () => {
    const asked = three();
    const { shards } = asked.configuration(1);
    settled(asked, { holders: shards });
    expect(settled(asked, { holders: shards })).toEqual({ kind: "changed", number: 3 });
    expect(settled(asked, { holders: shards, frozenTo: groups("3") })).toEqual({ kind: "changed", number: 4 });
    expect(settled(asked, { holders: shards })).toEqual({ kind: "changed", number: 4 });
  });

  test("owners that are the same by another configuration are said once more: moves before it may not have ended", () => {
    const asked = three();
    expect(settled(asked)).toEqual({ kind: "changed", number: 3 });
  });

  test("a group that has left and has something is in it again, where it was", () => {
    const asked = three();
    const { shards } = asked.configuration();
    asked.apply({ kind: "leave", groups: groups("3") });
    settled(asked, { holders: shards });
    expect(asked.configuration().groups["3"]).toEqual(members("3").members);
  });

  test("is refused where a group that has left and has something would be one too many: nobody could restore it", () => {
    const asked = new AskedMachine();
    const names = Array.from({ length: GROUPS_MAX }, (_, i) => `g${String(i)}`);
    for (let i = 0; i < GROUPS_MAX; i += 64) asked.apply({ kind: "join", groups: names.slice(i, i + 64).map((name) => members(name)) });
    const before = asked.configuration();
    asked.apply({ kind: "leave", groups: groups("g0") });
    asked.apply({ kind: "join", groups: [members("new")] });
    const { number, shards } = asked.configuration();
    const holders = shards.map((owner, shard) => (ownerOf(before, shard) === "g0" ? asGroup("g0") : owner));
    expect(asked.apply({ kind: "settleForGood", number, holders, gone: groups("g0"), frozenTo: [] }).kind).toBe("tooLarge");
    expect(asked.machine.latest.number).toBe(number);
  });

  test("is refused where another configuration came meanwhile, and may be asked for again", () => {
    const asked = three();
    expect(settled(asked, { number: 1 })).toEqual({ kind: "overtaken", message: "configuration 2 came meanwhile: ask again" });
    expect(asked.machine.latest.number).toBe(2);
  });

  test.each<{ name: string; changes: Partial<SettleCommand> }>([
    { name: "a shard would be nobody's", changes: { holders: new Array<null>(256).fill(null) } },
    { name: "somebody has one who was never there", changes: { holders: new Array<GroupId>(256).fill(asGroup("9")) } },
  ])("is refused where $name", ({ changes }) => {
    const asked = three();
    expect(settled(asked, changes).kind).toBe("badRequest");
    expect(asked.machine.latest.number).toBe(2);
  });

  describe("after which a group that is gone owns what is lost", () => {
    /** Of the third part, which group 3 had. */
    function lost(): { readonly asked: AskedMachine; readonly shards: readonly number[] } {
      const asked = three();
      settled(asked);
      return { asked, shards: shardsOf(asked.configuration(), asGroup("3")) };
    }

    test("joins and leaves give it nothing, and ask it for nothing", () => {
      const { asked, shards } = lost();
      asked.apply({ kind: "join", groups: [members("4")] });
      expect(shardsOf(asked.configuration(), asGroup("3"))).toEqual(shards);
      const each = (256 - shards.length) / 3;
      for (const name of ["1", "2", "4"]) expect(Math.abs((load(asked.configuration())[name] ?? 0) - each)).toBeLessThan(1);
      asked.apply({ kind: "leave", groups: groups("1", "2") });
      expect(load(asked.configuration())).toEqual({ "3": shards.length, "4": 256 - shards.length });
    });

    test("nothing is moved to it or from it by hand, and it does not leave by itself: whoever waits for it waits for ever", () => {
      const { asked, shards } = lost();
      const refused = { kind: "badRequest", message: "group 3 is gone for good, as was said; if it is back, let it join" };
      expect(asked.apply({ kind: "move", shard: asked.configuration().shards.indexOf(asGroup("1")), group: asGroup("3") })).toEqual(
        refused,
      );
      expect(asked.apply({ kind: "move", shard: shards[0] ?? 0, group: asGroup("1") })).toEqual(refused);
      expect(asked.apply({ kind: "leave", groups: groups("1", "3") })).toEqual(refused);
    });

    test("it is nobody to whom others could leave their shards", () => {
      const { asked } = lost();
      expect(asked.apply({ kind: "leave", groups: groups("1", "2") }).kind).toBe("badRequest");
      asked.apply({ kind: "abandon", groups: groups("1", "2") });
      expect(new Set(asked.configuration().shards)).toEqual(new Set([null, "3"]));
    });

    test("it is back when it joins again, also where it was before, and takes its part", () => {
      const { asked, shards } = lost();
      asked.apply({ kind: "join", groups: [members("4")] });
      const { number } = asked.configuration();
      expect(asked.apply({ kind: "join", groups: [members("3")] })).toEqual({ kind: "changed", number: number + 1 });
      expect(asked.apply({ kind: "join", groups: [members("3")] })).toEqual({ kind: "changed", number: number + 1 });
      expect(Object.values(load(asked.configuration()))).toEqual([64, 64, 64, 64]);
      expect(asked.apply({ kind: "move", shard: shards[0] ?? 0, group: asGroup("1") }).kind).toBe("changed");
    });

    test("another settlement that finds it there, or finds that it has nothing, forgets that", () => {
      const { asked } = lost();
      settled(asked, { gone: [] });
      expect(asked.machine.gone.size).toBe(0);
      settled(asked);
      const holders = asked.configuration(1).shards;
      settled(asked, { holders });
      expect(asked.machine.gone.size).toBe(0);
      expect(Object.keys(asked.configuration().groups)).toEqual(["1", "2"]);
    });

    test("members of version 2 have forgotten it: what their log says is done as they do it", () => {
      const asked = three();
      const { number, shards } = asked.configuration();
      const digestOf = (kind: "settle" | "settleForGood"): string => {
        const other = three();
        other.apply({ kind, number, holders: shards, gone: groups("3"), frozenTo: [] });
        return other.machine.digest();
      };
      expect(digestOf("settle")).not.toBe(digestOf("settleForGood"));
      asked.apply({ kind: "settle", number, holders: shards, gone: groups("3"), frozenTo: [] });
      asked.apply({ kind: "join", groups: [members("4")] });
      expect(Object.values(load(asked.configuration()))).toEqual([64, 64, 64, 64]);
    });
  });
});
