import type { LiveCluster } from "../../../../client/cli/cluster/live-cluster.ts";
import { membersIn, openPlaces, removeBeyond, surplus } from "../../../../client/cli/commands/group-members.ts";
import { Trouble } from "../../../../client/cli/trouble.ts";

const member = (ordinal: number) => ({ member: `m${ordinal}`, ordinal, address: `a${ordinal}:7401`, http: `http://a${ordinal}:7400` });

test("who belongs is read as it is said; what is no member is left out", () => {
  const members = [member(0), { member: 7, ordinal: 1 }, { member: "m", ordinal: "2" }, null, member(3)];
  expect(membersIn({ members, closedFrom: 3 })).toEqual({ members: [member(0), member(3)], closedFrom: 3 });
  expect(membersIn({ members: [member(1)] })).toEqual({ members: [member(1)], closedFrom: null });
});

test("the highest places beyond the wanted number go first", () => {
  const found = { members: [0, 3, 1, 4, 2].map(member), closedFrom: null };
  expect(surplus(found, 3).map(({ ordinal }) => ordinal)).toEqual([4, 3]);
  expect(surplus(found, 5)).toEqual([]);
});

test("one that the group can't do without yet, because another that is to leave is away, leaves after that one", async () => {
  let present = [0, 1, 2];
  let closedFrom: number | null = null;
  const asked: string[] = [];
  const leader = (_group: string, method: string, { path, body }: { path: string; body?: { from: number } }): Promise<object> => {
    asked.push(`${method} ${path}`);
    if (body !== undefined) closedFrom = body.from;
    const ordinal = Number(path.at(-1));
    if (method === "DELETE" && ordinal === 2 && present.includes(1)) return Promise.reject(new Trouble("no majority of those"));
    if (method === "DELETE") present = present.filter((each) => each !== ordinal);
    return Promise.resolve({});
  };
  const until = async (_what: unknown, _deadlineMs: number, find: () => Promise<true | null>): Promise<true> => {
    for (let i = 0; i < 20; i++) if ((await find()) !== null) return true;
    throw new Error("not in time");
  };
  const membersOf = () => Promise.resolve({ members: present.map(member), closedFrom });
  const cluster = { membersOf, leader, until } as unknown as LiveCluster;
  expect(await removeBeyond(cluster, ["1"], { from: 1, deadlineMs: 1_000 })).toEqual(["1/1", "1/2"]);
  expect(asked).toEqual(["POST /v1/places/close", "DELETE /v1/members/m2", "DELETE /v1/members/m1", "DELETE /v1/members/m2"]);
});

test.each([
  { name: "more are wanted than the closed places let in", wanted: 5, asked: [{ from: null }] },
  { name: "as many are wanted as there may be", wanted: 3, asked: [] },
  { name: "whoever comes is wanted", wanted: Infinity, asked: [{ from: null }] },
])("places are opened where somebody is to be there: $name", async ({ wanted, asked: expected }) => {
  let closedFrom: number | null = 3;
  const asked: unknown[] = [];
  const cluster = {
    membersOf: () => Promise.resolve({ members: [0, 1, 2].map(member), closedFrom }),
    leader: (_group: string, _method: string, { body }: { body: { from: number | null } }) => {
      asked.push(body);
      closedFrom = body.from;
      return Promise.resolve({});
    },
    until: async (_what: unknown, _deadlineMs: number, find: () => Promise<true | null>) => {
      while ((await find()) === null);
    },
  } as unknown as LiveCluster;
  await openPlaces(cluster, ["1"], { wanted, deadlineMs: 1_000 });
  expect(asked).toEqual(expected);
});
