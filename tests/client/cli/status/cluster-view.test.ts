import type { MemberFacts } from "../../../../client/cli/status/cluster-facts.ts";
import { viewOf } from "../../../../client/cli/status/cluster-view.ts";
import { facts, member, WHOLE, withMember } from "./a-cluster.ts";

const GONE = { pid: null, status: null, unready: "does not run" } as const;
const group = (name: string, members: readonly MemberFacts[]) => viewOf(facts(members)).groups.find((each) => each.group === name);

test("a whole cluster is healthy and has no problems", () => {
  const view = viewOf(facts(WHOLE));
  expect([view.health, view.problems, view.keys, view.moves]).toEqual(["healthy", [], 1_204, []]);
  expect(view.groups.map(({ group, leader, shards, serving }) => [group, leader, shards, serving])).toEqual([
    ["controllers", "controller-0", null, []],
    ["1", "replica-1-0", 2, [0, 1]],
    ["2", "replica-2-0", 2, [2, 3]],
  ]);
});

test("one of three that is missing degrades its group, and is named", () => {
  const view = viewOf(facts(withMember(member("replica-2-1", GONE))));
  expect([view.health, view.problems]).toEqual(["degraded", ["group 2: 2 of 3 members are well"]]);
  expect(group("2", withMember(member("replica-2-1", GONE)))?.members[1]).toMatchObject({
    role: "down",
    isWell: false,
    lag: null,
    note: null,
  });
});

test("a group without a majority is down, even while somebody says that it leads", () => {
  const members = WHOLE.map((each) => (["replica-2-1", "replica-2-2"].includes(each.name) ? member(each.name, GONE) : each));
  const view = viewOf(facts(members));
  expect([view.health, view.problems]).toEqual(["down", ["group 2 has no majority: 1 of 3 members are well"]]);
});

test("who refuses its disk says why", () => {
  const refusing = member("replica-1-2", { ...GONE, stopped: "log/1.segment at byte 4096: the checksum is wrong" });
  expect(group("1", withMember(refusing))?.members[2]).toMatchObject({ role: "stopped", note: refusing.stopped });
});

test("of two that say they lead, the one of the newer term does", () => {
  const old = member("replica-1-1", { status: { role: "leader", term: 2, commitIndex: 1_400, appliedIndex: 1_400 } });
  expect(group("1", withMember(old))).toMatchObject({ leader: "replica-1-0", term: 3 });
  expect(group("1", withMember(old))?.members[1]).toMatchObject({ role: "follower", lag: 100 });
});

test("a launcher that is gone is a problem, and so is a cluster that does not run", () => {
  expect(viewOf(facts(WHOLE, { hasLauncher: false })).problems).toEqual([
    "its launcher is gone, so nobody starts again what ends: flotilla up takes over",
  ]);
  const nobody = viewOf(
    facts(
      WHOLE.map(({ name }) => member(name, GONE)),
      { hasLauncher: false },
    ),
  );
  expect([nobody.health, nobody.problems]).toEqual(["down", ["it does not run: flotilla up starts it"]]);
});

test("replicas alone are no cluster where those that were named beside them are silent: they may be the controllers", () => {
  const silent = ["http://a:7400", "http://b:7400"];
  const replicas = WHOLE.filter(({ service }) => service === "replica");
  const gone = viewOf(facts(replicas, { silent }));
  expect([gone.health, gone.problems]).toEqual([
    "down",
    ["no shard controllers are known, and nobody answers at http://a:7400, http://b:7400"],
  ]);
  expect(viewOf(facts(replicas)).health).toBe("healthy");
  expect(viewOf(facts(WHOLE, { silent })).health).toBe("healthy");
});

test("shards of nobody are told", () => {
  const unowned = viewOf(facts(WHOLE, { shards: ["1", null, null, "2"] }));
  expect([unowned.health, unowned.problems]).toEqual(["down", ["2 shards belong to no group"]]);
});

test("moves are told by the controllers, and else by who receives", () => {
  expect(viewOf(facts(WHOLE, { migrations: [{ shard: 3, from: "2", to: "1", state: "copying" }, { odd: 1 }] })).moves).toEqual([
    { shard: 3, from: "2", to: "1", state: "copying" },
  ]);
  const receiver = member("replica-1-0", { status: { role: "leader", term: 3, shards: { serving: [0, 1], pulling: [3] } } });
  expect(viewOf(facts(withMember(receiver))).moves).toEqual([{ shard: 3, from: "2", to: "1", state: "copying" }]);
});
