import { asGroup } from "../../../../core/base/ids.ts";
import { GroupLeaders } from "../../../../runtime/redis/cluster/group-leaders.ts";

const OTHER = asGroup("2");
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("other groups are asked while somebody wants to know, the leader first, and only members can lead", async () => {
  const asked: string[] = [];
  let [leader, isThere] = ["http://b", true];
  const leaders = new GroupLeaders({
    own: asGroup("1"),
    groups: () => [asGroup("1"), OTHER],
    membersOf: () => ["http://a", "http://b"].map((http) => ({ peer: "p:1", http, redis: null })),
    statusAt: (origin) => {
      asked.push(origin);
      return Promise.resolve(isThere ? { group: "2", leaderHttp: leader } : null);
    },
    isWanted: () => true,
  });
  const look = (): Promise<void> => (leaders.look(), pause());
  await look();
  await look();
  expect([asked, leaders.leaderOf(OTHER)]).toEqual([["http://a", "http://b"], "http://b"]);
  leader = "http://somebody-else";
  await look();
  expect(leaders.leaderOf(OTHER)).toBeNull();
  leader = "http://a";
  await look();
  expect(leaders.leaderOf(OTHER)).toBe("http://a");
  isThere = false;
  await look();
  expect(leaders.leaderOf(OTHER)).toBeNull();
});

test("a leader that was named by somebody there is known before anybody is asked, if it is a member", () => {
  const leaders = new GroupLeaders({
    own: asGroup("1"),
    groups: () => [OTHER],
    membersOf: () => ["http://a", "http://b"].map((http) => ({ peer: "p:1", http, redis: null })),
    statusAt: () => Promise.resolve(null),
    isWanted: () => true,
  });
  expect([leaders.leads(OTHER, "http://b"), leaders.leaderOf(OTHER)]).toEqual([true, "http://b"]);
  expect([leaders.leads(OTHER, "http://c"), leaders.leaderOf(OTHER)]).toEqual([false, "http://b"]);
});

test("who has nobody to tell asks seldom, so that whoever comes is not told of a leader of long ago", async () => {
  let leader = "http://a";
  let asked = 0;
  const leaders = new GroupLeaders({
    own: asGroup("1"),
    groups: () => [OTHER],
    membersOf: () => ["http://a", "http://b"].map((http) => ({ peer: "p:1", http, redis: null })),
    statusAt: () => (asked++, Promise.resolve({ group: "2", leaderHttp: leader })),
    isWanted: () => false,
  });
  const look = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await (leaders.look(), pause());
  };
  await look(1);
  expect([asked, leaders.leaderOf(OTHER)]).toEqual([1, "http://a"]);
  leader = "http://b";
  await look(1);
  expect([asked, leaders.leaderOf(OTHER)]).toEqual([1, "http://a"]);
  await look(1);
  expect([asked, leaders.leaderOf(OTHER)]).toEqual([2, "http://b"]);
});
