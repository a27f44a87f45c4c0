import { judge } from "../../../../client/cli/replacing/judgement.ts";
import { lookAt } from "../../../../client/cli/replacing/place.ts";
import { FakeRelease } from "./fake-release.ts";

async function judged(arrange: (api: FakeRelease) => void): Promise<unknown> {
  const api = new FakeRelease();
  arrange(api);
  const step = judge(await lookAt(api, { group: "1", ordinal: 2 }));
  return step.kind === "refuse" ? { kind: step.kind, why: step.trouble.message, next: step.trouble.next } : step;
}

test.each<{ what: string; arrange: (api: FakeRelease) => void; step: unknown }>([
  { what: "it is fine", arrange: () => undefined, step: { kind: "votes" } },
  {
    what: "its node is not ready",
    arrange: (api) => api.loseNode(2),
    step: { kind: "replace", why: "the volume of f-replica-1-2 is on n2, not ready" },
  },
  {
    what: "only its node's kubelet is away",
    arrange: (api) => {
      api.loseNode(2);
      api.reached.add("http://2");
    },
    step: {
      kind: "refuse",
      why: "Kubernetes takes the node of f-replica-1-2 (n2) for lost, but its group reaches it",
      next: "its kubelet may be all that is away: kubectl describe node n2",
    },
  },
  {
    what: "its node was deleted, and its pod waits for it",
    arrange: (api) => {
      api.loseNode(2, true);
      api.change(2, { node: null, isRunning: false });
    },
    step: { kind: "replace", why: "the volume of f-replica-1-2 is on a node that is not known any more" },
  },
  {
    what: "its disk is damaged",
    arrange: (api) => api.change(2, { isRunning: false, exitCode: 78, isBackingOff: true }),
    step: { kind: "replace", why: "f-replica-1-2 refuses its damaged disk (exit code 78)" },
  },
  {
    what: "it was the group's last majority",
    arrange: (api) => {
      api.loseNode(2);
      api.silent.add("m1");
    },
    step: {
      kind: "refuse",
      why: "the group has no majority without f-replica-1-2: 1 of 2 others are well",
      next: "bring the others back first; if their disks are gone for good: flotilla group recover --help",
    },
  },
  {
    what: "nobody leads",
    arrange: (api) => {
      api.loseNode(2);
      api.leader = 2;
    },
    step: expect.objectContaining({ why: "the group has no majority without f-replica-1-2: 2 of 2 others are well, and none leads" }),
  },
  {
    what: "its volume is on the network",
    arrange: (api) => {
      api.volumes.set("v2", null);
      api.loseNode(2);
    },
    step: {
      kind: "refuse",
      why: "the node of f-replica-1-2 (n2) is not ready, but its volume can be reached from n0, n1",
      next: "it comes back with its data once its pod is gone: kubectl delete pod f-replica-1-2 --force --grace-period=0",
    },
  },
  {
    what: "it ends again and again for another reason",
    arrange: (api) => api.change(2, { isRunning: false, exitCode: 1, isBackingOff: true }),
    step: expect.objectContaining({ kind: "refuse", why: "f-replica-1-2 ends again and again (exit code 1), and its volume is there" }),
  },
  {
    what: "it copies what the others have",
    arrange: (api) => api.learning.add("m2"),
    step: { kind: "wait", why: "f-replica-1-2 on n2 is learner" },
  },
  {
    what: "somebody deleted its claim, and its pod is still there, even if it votes",
    arrange: (api) => (api.claims = api.claims.map((each) => ({ ...each, isLeaving: true }))),
    step: { kind: "replace", why: "the claim of f-replica-1-2 is being deleted, and its pod is still there" },
  },
  {
    what: "its claim is going, and its next pod waits for that",
    arrange: (api) => {
      api.loseNode(2);
      api.claims = api.claims.map((each) => ({ ...each, isLeaving: true }));
      api.change(2, { node: null, isRunning: false });
    },
    step: { kind: "wait", why: "f-replica-1-2 gets a new volume" },
  },
  {
    what: "it starts",
    arrange: (api) => api.silent.add("m2"),
    step: { kind: "wait", why: "f-replica-1-2 starts on n2" },
  },
])("$what", async ({ arrange, step }) => {
  expect(await judged(arrange)).toEqual(step);
});
