import { keptIn, leftIn, litterIn } from "./litter.ts";

const object = (kind: string, name: string, labels: Readonly<Record<string, string>> = {}) => ({ kind, metadata: { name, labels } });

const STAYS = [
  object("PersistentVolumeClaim", "data-flotilla-controller-0"),
  object("PersistentVolumeClaim", "data-flotilla-replica-12-2"),
  object("PersistentVolumeClaim", "flotilla-backup"),
  object("Secret", "flotilla-tokens"),
  object("ConfigMap", "kube-root-ca.crt"),
  object("ServiceAccount", "default"),
  object("Pod", "load", { "app.kubernetes.io/instance": "flotilla-load" }),
];

test("what a person would miss is no litter", () => {
  expect(litterIn(STAYS, "flotilla")).toEqual([]);
});

const MISSED = [
  "PersistentVolumeClaim/data-flotilla-controller-0",
  "PersistentVolumeClaim/data-flotilla-replica-12-2",
  "PersistentVolumeClaim/flotilla-backup",
  "Secret/flotilla-tokens",
];

test("once the data is to be deleted, too, what a person would miss is left over", () => {
  expect(leftIn(STAYS, "flotilla")).toEqual(MISSED);
});

test("what a person would miss is no more than that", () => {
  const others = [object("Pod", "flotilla-replica-1-0"), object("PersistentVolumeClaim", "shared"), object("Secret", "other")];
  expect(keptIn([...STAYS, ...others], "flotilla")).toEqual(MISSED);
});

test.each([
  ["Role", "flotilla-test-failover"],
  ["RoleBinding", "flotilla-test-failover"],
  ["ServiceAccount", "flotilla-test-failover"],
  ["ConfigMap", "flotilla-test"],
  ["Pod", "flotilla-test-failover"],
  ["Job", "flotilla-topology-before"],
  ["Secret", "sh.helm.release.v1.flotilla.v1"],
  ["EndpointSlice", "flotilla-controller-x"],
  ["PersistentVolumeClaim", "data-somebody-else"],
])("a %s called %s is litter", (kind, name) => {
  expect(litterIn([...STAYS, object(kind, name, { "app.kubernetes.io/instance": "flotilla" })], "flotilla")).toEqual([`${kind}/${name}`]);
});
