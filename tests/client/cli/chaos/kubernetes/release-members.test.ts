import type { Pod } from "../../../../../client/cli/chaos/kubernetes/pods-api.ts";
import { podIn, refuseForbidden } from "../../../../../client/cli/chaos/kubernetes/pods-api.ts";
import { ReleaseMembers } from "../../../../../client/cli/chaos/kubernetes/release-members.ts";

const NAMING = { namespace: "n", clusterDomain: "cluster.local" };
const pod = (name: string, component: string, more: Partial<Pod> = {}): Pod => ({
  ...{ name, uid: name, component, group: null, set: null, ip: "10.0.0.9" },
  ...{ isRunning: true, isLeaving: false, restarts: 0, startedMs: 0, lastEnd: null, ...more },
});
const REPLICA = pod("f-replica-1-10", "replica", { set: "f-replica-1", group: "1" });
const CONTROLLER = pod("f-controller-0", "controller", { set: "f-controller" });
const WORKER = pod("f-worker-x7k2p", "worker");

test("members by what they are, at names that stay for those with a place, and at addresses for the others", () => {
  const known = new ReleaseMembers(NAMING).known([WORKER, REPLICA, CONTROLLER]);
  expect(known.map(({ name, service, group, ordinal, http }) => [name, service, group, ordinal, http])).toEqual([
    ["f-controller-0", "shard-controller", "controllers", 0, "http://f-controller-0.f-controller.n.svc.cluster.local:7400"],
    ["f-replica-1-10", "replica", "1", 10, "http://f-replica-1-10.f-replica-1.n.svc.cluster.local:7400"],
    ["f-worker-x7k2p", "worker", "workers", null, "http://10.0.0.9:7400"],
  ]);
});

test("who has a place is missed while it is away; who has none is not, and is not asked once it leaves", () => {
  const members = new ReleaseMembers(NAMING);
  members.known([REPLICA, WORKER]);
  expect(members.known([{ ...WORKER, isLeaving: true }]).map(({ name, pid }) => [name, pid])).toEqual([["f-replica-1-10", null]]);
});

/** Kubernetes keeps the end of it, which may begin anywhere. */
const LOG_END = `g":"half a line"}\n{"level":"fatal","message":"removed: peers say so"}\n{"level":"info","message":"ends"}\nremoved: peers say so\n`;

test("a pod as the API server tells it", () => {
  const told = podIn({
    metadata: {
      ...{ name: "f-replica-1-0", uid: "u", deletionTimestamp: new Date() },
      labels: { "app.kubernetes.io/component": "replica", "flotilla.dev/group": "1" },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "f-replica-1", uid: "s" }],
    },
    status: {
      podIP: "10.0.0.4",
      containerStatuses: [
        {
          ...{ name: "replica", image: "", imageID: "", ready: true, restartCount: 2, state: { running: { startedAt: new Date(5) } } },
          lastState: { terminated: { exitCode: 75, reason: "Error", message: LOG_END } },
        },
      ],
    },
  });
  expect(told).toEqual({
    ...{ name: "f-replica-1-0", uid: "u", component: "replica", group: "1", set: "f-replica-1", ip: "10.0.0.4" },
    ...{ isRunning: true, isLeaving: true, restarts: 2, startedMs: 5 },
    lastEnd: { how: "Error, exit code 75", words: "removed: peers say so" },
  });
  expect(podIn({ status: { containerStatuses: [] } })).toMatchObject({ isRunning: false, restarts: 0, startedMs: null, component: "" });
});

test.each(["kube-system", "kube-public"])("nothing is broken in %s", (namespace) => {
  expect(() => refuseForbidden(namespace)).toThrow(namespace);
  expect(() => refuseForbidden("default")).not.toThrow();
});
