// What the chart renders is what the API takes, and objects that were spoilt in one way are not.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { objectsAreWhatTheApiTakes, readApiTypes } from "./api-types.ts";
import type { KubernetesObject } from "./render.ts";

const ROOT = join(__dirname, "../..");
const GENERATED = join(ROOT, "node_modules/@kubernetes/client-node/dist/gen");
const rule = objectsAreWhatTheApiTakes(readApiTypes(GENERATED, join(__dirname, "custom-resources.ts")));
const golden = (profile: string): string => readFileSync(join(__dirname, `golden/${profile}.yaml`), "utf8");
const complaintsOf = (text: string): readonly string[] =>
  rule(parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject));

test.each(["default", "kind", "production", "monitoring"])("the API takes all of the profile %s", (profile) => {
  expect(complaintsOf(golden(profile))).toEqual([]);
});

const JOBS = join(ROOT, "k8s/jobs");
test.each(readdirSync(JOBS).filter((name) => name.endsWith(".yaml")))("the API takes k8s/jobs/%s", (name) => {
  expect(complaintsOf(readFileSync(join(JOBS, name), "utf8"))).toEqual([]);
});

/** Of the first object of a profile that has `from` in it, with `to` instead. */
function complaintsOfSpoilt(profile: string, from: string | RegExp, to: string): string {
  const texts = golden(profile).split(/^---$/m);
  const text = texts.find((each) => each.replace(from, to) !== each) ?? "";
  return complaintsOf(text.replace(from, to)).join("\n");
}

test.each([
  { what: "a misspelt field", from: "serviceName:", to: "serviceNam:", says: "/spec/serviceNam is no field of V1StatefulSetSpec" },
  {
    what: "a misspelt field of a container",
    from: "imagePullPolicy:",
    to: "imagePolicy:",
    says: "/spec/template/spec/containers/0/imagePolicy is no field of V1Container",
  },
  {
    what: "a field one level too high",
    from: "        runAsNonRoot:",
    to: "      runAsNonRoot:",
    says: "runAsNonRoot is no field of V1PodSpec",
  },
  { what: "a misspelt field of any object", from: "  labels:", to: "  lables:", says: "/metadata/lables is no field of V1ObjectMeta" },
  { what: "a missing field", from: " containers:", to: " initContainers:", says: "/template/spec/containers must be there (V1PodSpec)" },
  { what: "a number as text", from: "periodSeconds: 2", to: 'periodSeconds: "2"', says: 'startupProbe/periodSeconds can\'t be "2"' },
  { what: "a variable that is a number", from: 'value: "7400"', to: "value: 7400", says: "/value can't be 7400" },
  { what: "an object for a list", from: "policyTypes: [Ingress]", to: "policyTypes: { a: Ingress }", says: "and not a list" },
  { what: "a list for an object", from: "emptyDir: {}", to: "emptyDir: []", says: "is [], and not an object (V1EmptyDirVolumeSource)" },
  {
    what: "a kind of another version",
    from: "policy/v1",
    to: "policy/v1beta1",
    says: "the API has no PodDisruptionBudget of policy/v1beta1",
  },
  { what: "a kind of another group", from: "apps/v1", to: "batch/v1", says: "the API has no Deployment of batch/v1" },
])("$what is found", ({ from, to, says }) => {
  expect(complaintsOfSpoilt("default", from, to)).toContain(says);
});

test.each([
  { from: "honorLabels:", to: "honourLabels:", says: "honourLabels is no field of MetricsEndpoint" },
  { from: "monitoring.coreos.com/v1", to: "monitoring.coreos.com/v2", says: `/apiVersion can't be "monitoring.coreos.com/v2"` },
])("kinds that are not Kubernetes' own are looked at, too: $to is found", ({ from, to, says }) => {
  expect(complaintsOfSpoilt("monitoring", from, to)).toContain(says);
});
