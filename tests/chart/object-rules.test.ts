// Each rule accepts what the chart renders, and finds what it looks for in objects that were spoilt in one way.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { OBJECT_RULES } from "./object-rules.ts";
import type { KubernetesObject } from "./render.ts";

const text = readFileSync(join(__dirname, "golden/default.yaml"), "utf8");
const rendered = (): KubernetesObject[] => parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);

/** Changes in the text of the rendering, after which a rule must complain. */
const SPOILT: readonly { readonly rule: string; readonly from: string | RegExp; readonly to: string }[] = [
  { rule: "podsAreRestricted", from: "runAsNonRoot: true", to: "runAsNonRoot: false" },
  { rule: "podsAreRestricted", from: "type: RuntimeDefault", to: "type: Unconfined" },
  { rule: "podsAreRestricted", from: "allowPrivilegeEscalation: false", to: "allowPrivilegeEscalation: true" },
  { rule: "podsAreRestricted", from: "readOnlyRootFilesystem: true", to: "readOnlyRootFilesystem: false" },
  { rule: "podsAreRestricted", from: /drop:\n\s+- ALL|drop: \[ALL\]/, to: "drop: []" },
  { rule: "podsAreRestricted", from: "emptyDir: {}", to: "hostPath: { path: / }" },
  { rule: "selectorsFindTheirPods", from: /(kind: Deployment[^]*?matchLabels:\n\s+app.kubernetes.io\/name:) flotilla\n/, to: "$1 other\n" },
  { rule: "servicesHaveNoAccount", from: "automountServiceAccountToken: false", to: "automountServiceAccountToken: true" },
  { rule: "containersHaveRequestsAndAMemoryLimit", from: /memory: 512Mi/, to: "cpu: 1" },
  { rule: "noImageIsLatest", from: /flotilla-replica:[\d.]+/, to: "flotilla-replica:latest" },
  { rule: "noImageIsLatest", from: /flotilla-replica:[\d.]+/, to: "flotilla-replica" },
  { rule: "onlyNodeIsRun", from: "command: [node, /test/failover.mjs]", to: "command: [sh, -c, node /test/failover.mjs]" },
  { rule: "onlyNodeIsRun", from: "httpGet: { path: /readyz, port: health }", to: "exec: { command: [cat, /data/ready] }" },
  {
    rule: "onlyNodeIsRun",
    from: "imagePullPolicy: IfNotPresent",
    to: "imagePullPolicy: IfNotPresent\n          lifecycle: { preStop: { exec: { command: [sleep, '5'] } } }",
  },
  { rule: "livenessIsPatientAndLocal", from: "failureThreshold: 6", to: "failureThreshold: 3" },
  { rule: "livenessIsPatientAndLocal", from: "path: /livez", to: "path: /readyz" },
  { rule: "membersStartTogetherAndAreFound", from: "podManagementPolicy: Parallel", to: "podManagementPolicy: OrderedReady" },
  { rule: "membersStartTogetherAndAreFound", from: "publishNotReadyAddresses: true", to: "publishNotReadyAddresses: false" },
  { rule: "everythingHasABudget", from: "maxUnavailable: 1", to: "maxUnavailable: 2" },
  { rule: "jobsGoByThemselves", from: "ttlSecondsAfterFinished: 86400", to: "completions: 1" },
  { rule: "updatesTakeNobodyAway", from: "maxUnavailable: 0", to: "maxUnavailable: 1" },
  { rule: "podsAreSpread", from: "topologyKey: topology.kubernetes.io/zone", to: "topologyKey: rack" },
  { rule: "podsAreSpread", from: "whenUnsatisfiable: ScheduleAnyway", to: "whenUnsatisfiable: DoNotSchedule" },
  {
    rule: "immutablesHoldNothingThatChanges",
    from: /volumeClaimTemplates:\n(\s+)- metadata:\n(\s+)name: data\n\s+labels:/,
    to: "$&\n            helm.sh/chart: x",
  },
  { rule: "selectorsFindTheirPods", from: /(selector:\n\s+matchLabels:\n\s+app.kubernetes.io\/name:) flotilla\n/g, to: "$1 other\n" },
  { rule: "selectorsAreTheirOwn", from: /flotilla\.dev\/group: "?2"?/g, to: 'flotilla.dev/group: "1"' },
  { rule: "thePeerPortIsClosed", from: "kind: NetworkPolicy", to: "kind: ConfigMap" },
  { rule: "thePeerPortIsClosed", from: "port: 7400 }", to: "port: 7401 }" },
  { rule: "workersAreKeptIn", from: "policyTypes: [Ingress, Egress]", to: "policyTypes: [Ingress]" },
  { rule: "workersAreKeptIn", from: /to:\n\s+- namespaceSelector: {}\n\s+- ipBlock: .*/, to: "to: []" },
];

test.each(Object.keys(OBJECT_RULES))("%s holds for the chart", (rule) => {
  expect(OBJECT_RULES[rule]?.(rendered())).toEqual([]);
});

test.each(SPOILT)("$rule complains when $from becomes $to", ({ rule, from, to }) => {
  const spoilt = text.replace(from, to);
  expect(spoilt).not.toBe(text);
  const objects = parseAllDocuments(spoilt).map((document) => document.toJS() as KubernetesObject);
  expect(OBJECT_RULES[rule]?.(objects)).not.toEqual([]);
});

test("every rule has something that it was shown to find", () => {
  expect([...new Set(SPOILT.map(({ rule }) => rule))].sort()).toEqual(Object.keys(OBJECT_RULES).sort());
});

test("the pods of a CronJob are looked at too", () => {
  const template = { metadata: { labels: {} }, spec: { containers: [{ name: "c", image: "x:latest" }] } };
  const cronJob = { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "n" }, spec: { jobTemplate: { spec: { template } } } };
  expect(OBJECT_RULES["noImageIsLatest"]?.([cronJob as unknown as KubernetesObject])).toHaveLength(1);
});
