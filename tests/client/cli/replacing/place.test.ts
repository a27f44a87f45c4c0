import { lookAt } from "../../../../client/cli/replacing/place.ts";
import { FakeRelease, podAt } from "./fake-release.ts";

const WHICH = { group: "1", ordinal: 2 };

test("a place whose member votes", async () => {
  expect(await lookAt(new FakeRelease(), WHICH)).toEqual({
    ...{ podName: "f-replica-1-2", pod: podAt(2), isNodeLost: false, isReached: false },
    claim: { name: "data-f-replica-1-2", uid: "claim-2", isLeaving: false, volume: "v2" },
    home: { isLost: false, ready: ["n2"], away: [] },
    ...{ member: { id: "m2", role: "follower" }, votes: true, others: { well: 2, total: 3, hasLeader: true } },
  });
});

test("whoever is on a lost node is not asked, whatever it would say", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  const place = await lookAt(api, WHICH);
  expect(place).toMatchObject({ isNodeLost: true, member: null, votes: false, home: { isLost: true, ready: [], away: ["n2"] } });
});

test("a learner does not vote, nor does a member of which the leader does not know", async () => {
  const api = new FakeRelease();
  api.learning.add("m2");
  expect((await lookAt(api, WHICH)).votes).toBe(false);
  api.learning.clear();
  api.ask = async (pod) => {
    const answers = await FakeRelease.prototype.ask.call(api, pod);
    const others = [{ member: "m0", ordinal: 0, votes: true }];
    return answers === null ? null : { ...answers, members: { members: others } };
  };
  expect((await lookAt(api, WHICH)).votes).toBe(false);
});

test("of two that lead, the later one is believed", async () => {
  const api = new FakeRelease();
  api.ask = async (pod) => {
    const answers = await FakeRelease.prototype.ask.call(api, pod);
    const isOld = pod.name.endsWith("-1");
    if (answers === null) return null;
    return isOld ? { ...answers, status: { ...answers.status, role: "leader", term: 3 }, members: { members: [] } } : answers;
  };
  expect((await lookAt(api, WHICH)).votes).toBe(true);
});

test("places without a pod count for the majority", async () => {
  const api = new FakeRelease();
  api.pods_ = [podAt(0)];
  expect((await lookAt(api, WHICH)).others).toEqual({ well: 1, total: 3, hasLeader: true });
});

test("what is not there is named, with what is", async () => {
  const api = new FakeRelease();
  await expect(lookAt(api, { group: "9", ordinal: 0 })).rejects.toMatchObject({ message: "there is no group 9", next: "there are: 1" });
  await expect(lookAt(api, { group: "1", ordinal: 3 })).rejects.toMatchObject({ message: "group 1 has no member 3" });
  api.pods_ = [];
  await expect(lookAt(api, WHICH)).rejects.toMatchObject({ message: "there are no pods of release f in namespace n" });
});
