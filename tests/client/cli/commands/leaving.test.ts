import type { LiveCluster } from "../../../../client/cli/cluster/live-cluster.ts";
import type { Wanted } from "../../../../client/cli/commands/leaving.ts";
import { isBeyond, letLeave } from "../../../../client/cli/commands/leaving.ts";
import type { ClusterFacts, MemberFacts } from "../../../../client/cli/status/cluster-facts.ts";
import { viewOf } from "../../../../client/cli/status/cluster-view.ts";
import { Trouble } from "../../../../client/cli/trouble.ts";
import { facts, member, WHOLE } from "../status/a-cluster.ts";

const SAME: Wanted = { groups: 2, replicas: 3, controllers: 3, deadlineMs: 50, passOverAfterMs: 50 };
const SILENT = { status: null, unready: "does not answer" } as const;
/** A member of a group without a leader that names places of its group. */
const names = (name: string, ordinals: readonly number[]): MemberFacts =>
  member(name, { status: { role: "candidate", members: ordinals.map((ordinal) => ({ ordinal })) } });

/** `WHOLE`, but a group is as it is given. */
const withGroup = (group: string, members: readonly MemberFacts[]): readonly MemberFacts[] => [
  ...WHOLE.filter((each) => each.group !== group),
  ...members,
];

/** Answers with what it finds, one look after the other; null: nobody answers. */
function clusterOf(...looks: readonly (readonly MemberFacts[] | null)[]) {
  let at = -1;
  let closedFrom: number | null = 3;
  const asked: string[] = [];
  const now = (): ClusterFacts => {
    const members = looks[Math.min(at, looks.length - 1)] ?? null;
    if (members === null) throw new Trouble("nobody answers");
    return facts(members);
  };
  const leads = (group: string): void => {
    if (!viewOf(now()).groups.some((each) => each.group === group && each.leader !== null)) throw new Trouble(`${group} has no leader`);
  };
  const cluster = {
    facts: async () => {
      at += 1;
      return Promise.resolve(now());
    },
    configuration: async () => {
      leads("controllers");
      return Promise.resolve({ groups: { 1: [], 2: [] } });
    },
    membersOf: async (group: string) => {
      asked.push(group);
      leads(group);
      return Promise.resolve({ members: [], closedFrom });
    },
    leader: async (_group: string, _method: string, { body }: { body: { from: number | null } }) => {
      closedFrom = body.from;
      return Promise.resolve({});
    },
    until: async (what: () => string, _deadlineMs: number, find: () => Promise<true | null>) => {
      for (let i = 0; i < 3; i++) if ((await find()) !== null) return true;
      throw new Trouble(what());
    },
  } as unknown as LiveCluster;
  return { cluster, asked, closedFrom: () => closedFrom };
}

test("groups beyond the wanted number leave, and a group that is not numbered stays", () => {
  expect(["1", "2", "3", "10", "other", "02"].filter((group) => isBeyond(group, 2))).toEqual(["3", "10"]);
});

test("a group without a leader of which nobody is known to leave is passed over, and a line says so", async () => {
  const { cluster, asked } = clusterOf(withGroup("2", [names("replica-2-0", [0, 1, 2]), member("replica-2-1", SILENT)]));
  const said: string[] = [];
  expect(await letLeave(cluster, SAME, (line) => said.push(line))).toEqual({ leaving: [], removed: [], passedOver: ["2"] });
  expect([...new Set(asked)]).toEqual(["1"]);
  expect(said.join()).toMatch(/Group 2 has no leader.*passed over/);
});

test("it is not, where a member of it knows one that has to leave, or where nobody may be passed over", async () => {
  const lost = withGroup("2", [names("replica-2-0", [0, 1, 2, 3, 4]), member("replica-2-1", SILENT)]);
  await expect(letLeave(clusterOf(lost).cluster, SAME, () => {})).rejects.toThrow(/members 3 and beyond leave group 2.*no leader/);
  const whole = withGroup("2", [names("replica-2-0", [0, 1, 2])]);
  await expect(letLeave(clusterOf(whole).cluster, { ...SAME, passOverAfterMs: null }, () => {})).rejects.toThrow(/no leader/);
});

test("an election is no reason to pass a group over", async () => {
  const { cluster, asked } = clusterOf(null, withGroup("2", [names("replica-2-0", [0, 1, 2])]), WHOLE);
  expect(await letLeave(cluster, { ...SAME, passOverAfterMs: 10_000 }, () => {})).toEqual({ leaving: [], removed: [], passedOver: [] });
  expect([...new Set(asked)]).toEqual(["1", "2"]);
});

test("without controllers that could tell the configuration, groups are those that replicas know", async () => {
  const { cluster, asked } = clusterOf(withGroup("controllers", [names("controller-0", [0, 1, 2])]));
  const said: string[] = [];
  expect(await letLeave(cluster, SAME, (line) => said.push(line))).toEqual({ leaving: [], removed: [], passedOver: [] });
  expect([...new Set(asked)]).toEqual(["1", "2"]);
  expect(said.join()).toMatch(/controllers have no leader.*groups 1, 2 are known/);
});

test("places that were closed are opened before those come who are to be there", async () => {
  const { cluster, closedFrom } = clusterOf(WHOLE);
  await letLeave(cluster, SAME, () => {});
  expect(closedFrom()).toBe(3);
  await letLeave(cluster, { ...SAME, replicas: 5 }, () => {});
  expect(closedFrom()).toBeNull();
});

test("where nobody answers everything is left as it is, but only if that was asked for", async () => {
  const said: string[] = [];
  expect(await letLeave(clusterOf(null).cluster, SAME, (line) => said.push(line))).toEqual({ leaving: [], removed: [], passedOver: [] });
  expect(said.join()).toMatch(/Nobody answers/);
  await expect(letLeave(clusterOf(null).cluster, { ...SAME, passOverAfterMs: null }, () => {})).rejects.toThrow("nobody answers");
});

test.each([
  ["with a leader", member("controller-0", { status: { role: "leader", members: [{ ordinal: 0 }, { ordinal: 1 }, { ordinal: 2 }] } })],
  ["without one", names("controller-0", [0, 1, 2])],
])("controllers get no fewer, %s: nobody would take the vote from those that go", async (_name, controller) => {
  const { cluster, asked } = clusterOf(withGroup("controllers", [controller]));
  const refused = letLeave(cluster, { ...SAME, controllers: 1 }, () => {});
  await expect(refused).rejects.toThrow(/controllers can't become 1: .*controller-1, controller-2/);
  await expect(refused).rejects.toMatchObject({ next: expect.stringContaining("keep controllers=3") as string });
  expect(asked).toEqual([]);
});
