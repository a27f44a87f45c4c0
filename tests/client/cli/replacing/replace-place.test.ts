import type { Replaced } from "../../../../client/cli/replacing/replace-place.ts";
import { planFor, replacePlace } from "../../../../client/cli/replacing/replace-place.ts";
import { FakeRelease } from "./fake-release.ts";

const WHICH = { group: "1", ordinal: 2 };
const FORCED = ["delete claim claim-2", "delete pod pod-2 by force"];

async function replace(api: FakeRelease, said: string[] = [], deadlineMs = 2_000): Promise<Replaced> {
  const plan = await planFor(api, WHICH, 1);
  return replacePlace({ api, which: WHICH, plan, deadlineMs, everyMs: 1, say: (line) => said.push(line) });
}

/** It copies for a while. */
function votesAfter(api: FakeRelease, looks: number): void {
  api.events.push(...Array.from({ length: looks }, () => () => undefined), () => api.learning.clear());
}

test("a lost node: the claim goes, the pod by force, and the place votes again elsewhere", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  votesAfter(api, 4);
  const said: string[] = [];
  const { place, claim } = await replace(api, said);
  expect(api.calls).toEqual(FORCED);
  expect(place).toMatchObject({ pod: { node: "n0" }, member: { id: "m2+", role: "follower" }, votes: true });
  expect(claim?.volume).toBe("v2");
  expect(said).toEqual([
    "the volume of f-replica-1-2 is on n2, not ready",
    "deleted its claim data-f-replica-1-2",
    "deleted its pod on n2, without waiting for that node",
    "f-replica-1-2 on n0 is learner",
  ]);
});

test("a node that was deleted: its pod waits for it in vain", async () => {
  const api = new FakeRelease();
  api.loseNode(2, true);
  api.change(2, { node: null, isRunning: false });
  votesAfter(api, 3);
  expect((await replace(api)).place.votes).toBe(true);
  expect(api.calls[0]).toBe("delete claim claim-2");
});

test("a damaged disk on a node that is ready: its pod ends in order", async () => {
  const api = new FakeRelease();
  api.change(2, { isRunning: false, exitCode: 78, isBackingOff: true });
  votesAfter(api, 3);
  await replace(api);
  expect(api.calls).toEqual(["delete claim claim-2", "delete pod pod-2"]);
});

test("a member that is fine is not touched", async () => {
  const api = new FakeRelease();
  await expect(replace(api)).rejects.toMatchObject({ message: "f-replica-1-2 is on n2 and votes: nothing was done" });
  expect(api.calls).toEqual([]);
});

test("a node that is back before anything was deleted keeps its volume", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  api.events.push(
    () => undefined,
    () => api.mendNode(2),
  );
  await expect(replace(api)).rejects.toMatchObject({ message: "f-replica-1-2 is back with its data and votes: nothing was done" });
  expect(api.calls).toEqual([]);
});

test("a node that is back when the claim is going: the pod goes, too, because its claim does", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  const deletePod = api.deletePod.bind(api);
  api.deletePod = () => {
    // The call is lost on its way, and the node comes back.
    api.deletePod = deletePod;
    api.mendNode(2);
    return Promise.resolve();
  };
  votesAfter(api, 5);
  expect((await replace(api)).place.member?.id).toBe("m2+");
  expect(api.calls).toEqual(["delete claim claim-2", "delete pod pod-2"]);
});

test("interrupted after the claim, and repeated: only the rest is done", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  await api.deleteClaim({ name: "data-f-replica-1-2", uid: "claim-2" });
  votesAfter(api, 4);
  await replace(api);
  expect(api.calls).toEqual(FORCED);
});

test("interrupted after the pod, and repeated: it is waited for, and nothing is deleted", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  await api.deleteClaim({ name: "data-f-replica-1-2", uid: "claim-2" });
  await api.deletePod({ name: "f-replica-1-2", uid: "pod-2" }, true);
  api.calls.length = 0;
  votesAfter(api, 3);
  expect(await replace(api)).toMatchObject({ claim: null, place: { votes: true } });
  expect(api.calls).toEqual([]);
});

test("two at once: the second one's deletions find nothing of that id, and both see it vote", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  votesAfter(api, 12);
  const both = await Promise.all([replace(api), replace(api)]);
  expect(both.map(({ place }) => place.member?.id)).toEqual(["m2+", "m2+"]);
  expect(api.claims.map(({ uid }) => uid)).toEqual(["claim-0", "claim-1", "claim-2+"]);
  expect(api.calls.filter((call) => call.includes("+"))).toEqual([]);
});

test("the next node is lost, too: the new volume is not given up unasked", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  api.events.push(
    () => undefined,
    () => undefined,
    () => {
      api.mendNode(2);
      api.leader = 1;
      api.loseNode(0);
    },
  );
  // Its place began anew on the node of member 0, so both are away: no majority, and nothing more is deleted.
  await expect(replace(api, [], 50)).rejects.toMatchObject({ message: expect.stringContaining("not within") });
  expect(api.calls).toEqual(FORCED);
});

test("a group that loses its majority before anything was deleted", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  api.events.push(
    () => undefined,
    () => api.silent.add("m1"),
  );
  await expect(replace(api)).rejects.toMatchObject({ message: expect.stringContaining("no majority without f-replica-1-2") });
  expect(api.calls).toEqual([]);
});

test("members that miss a question are asked again, before the command is refused for them", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  api.silent.add("m0").add("m1");
  api.events.push(
    () => undefined,
    () => undefined,
    () => api.silent.clear(),
  );
  votesAfter(api, 5);
  expect((await replace(api)).place.votes).toBe(true);
});

test("Kubernetes does not answer for a while", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  api.events.push(
    () => undefined,
    () => (api.isAway = true),
    () => (api.isAway = false),
  );
  votesAfter(api, 5);
  const said: string[] = [];
  await replace(api, said);
  expect(said[0]).toBe("Kubernetes does not answer");
  expect(api.calls).toEqual(FORCED);
});

test("one that never votes is told with the last thing that was seen", async () => {
  const api = new FakeRelease();
  api.loseNode(2);
  await expect(replace(api, [], 50)).rejects.toMatchObject({
    message: "not within 0 s: f-replica-1-2 votes again (f-replica-1-2 on n0 is learner)",
    next: "it goes on without you; the same command waits for it again",
  });
});
