import { answersIn, claimIn, nodeIn, podIn, volumeIn } from "../../../../client/cli/replacing/release-api.ts";

const LABELS = { "app.kubernetes.io/component": "replica", "flotilla.dev/group": "1", "apps.kubernetes.io/pod-index": "2" };

test("a pod as the API server tells it", () => {
  const [container, deleted] = [{ name: "replica", image: "", imageID: "", ready: false, restartCount: 3 }, new Date()];
  const metadata = { name: "f-replica-1-2", uid: "u", labels: LABELS };
  expect(
    podIn({
      metadata: { ...metadata, deletionTimestamp: deleted },
      spec: { nodeName: "n1", containers: [] },
      status: {
        containerStatuses: [
          { ...container, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated: { exitCode: 78 } } },
        ],
      },
    }),
  ).toEqual([
    {
      ...{ name: "f-replica-1-2", uid: "u", component: "replica", group: "1", ordinal: 2, node: "n1" },
      ...{ isRunning: false, isLeaving: true, exitCode: 78, isBackingOff: true },
    },
  ]);
  expect(podIn({ metadata })).toMatchObject([{ node: null, isRunning: false, isLeaving: false, exitCode: null }]);
  expect(podIn({ metadata: { ...metadata, labels: { ...LABELS, "app.kubernetes.io/component": "controller" } } })).toMatchObject([
    { group: "controllers" },
  ]);
  expect(podIn({ metadata: { name: "f-worker-x", labels: {} } })).toEqual([]);
});

test("claims, volumes and nodes", () => {
  expect(claimIn({ metadata: { name: "data", uid: "c" }, spec: { volumeName: "v" } })).toEqual({
    ...{ name: "data", uid: "c", isLeaving: false, volume: "v" },
  });
  expect(claimIn({ metadata: { name: "data", uid: "c", deletionTimestamp: new Date() } })).toMatchObject({ isLeaving: true, volume: null });
  const terms = [{ matchExpressions: [{ key: "host", operator: "In", values: ["n1"] }] }];
  expect(volumeIn({ metadata: { name: "v" }, spec: { nodeAffinity: { required: { nodeSelectorTerms: terms } } } })).toEqual({
    name: "v",
    terms,
  });
  expect(volumeIn({ metadata: { name: "v" } })).toEqual({ name: "v", terms: null });
  const ready = (status: string) =>
    nodeIn({ metadata: { name: "n", labels: { host: "n" } }, status: { conditions: [{ type: "Ready", status }] } });
  expect(["True", "False", "Unknown"].map((status) => ready(status).isReady)).toEqual([true, false, false]);
});

test("what a member says; anything else is no answer", () => {
  const answers = { status: { role: "leader" }, readiness: { checks: [] }, members: { members: [] } };
  expect(answersIn(JSON.stringify(answers))).toEqual(answers);
  expect(answersIn("a warning")).toBeNull();
  expect(answersIn(JSON.stringify({ status: null, readiness: null, members: null }))).toBeNull();
});
