// What documents and examples start beside a release is let in by the production profile: its pods have the label that is asked for, and a
// token.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";

const ROOT = join(__dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

type Values = { readonly networkPolicy: { readonly clients: readonly [{ readonly podSelector: { readonly matchLabels: object } }] } };
const { networkPolicy } = parse(read("charts/flotilla/values-production.yaml")) as Values;
const ASKED_FOR = networkPolicy.clients[0].podSelector.matchLabels;

type Template = { readonly metadata?: { readonly labels?: object }; readonly spec: object };
type JobSpec = { readonly template: Template };
type Example = { readonly kind: string; readonly spec: JobSpec & { readonly jobTemplate: { readonly spec: JobSpec } } };

const examples = readdirSync(join(ROOT, "k8s/jobs")).filter((name) => name.endsWith(".yaml"));

test.each(examples)("k8s/jobs/%s is let in", (name) => {
  const objects = parseAllDocuments(read(`k8s/jobs/${name}`)).map((document) => document.toJS() as Example);
  const templates = objects.flatMap(({ kind, spec }) =>
    kind === "Job" ? [spec.template] : kind === "CronJob" ? [spec.jobTemplate.spec.template] : [],
  );
  expect(templates.length).toBeGreaterThan(0);
  for (const { metadata, spec } of templates) {
    expect(metadata?.labels).toMatchObject(ASKED_FOR);
    expect(JSON.stringify(spec)).toContain('"FLOTILLA_TOKEN"');
  }
});

test("so is the pod of the runbooks", () => {
  const [command = ""] = /^kubectl run [^]*?^```$/m.exec(read("docs/runbooks/README.md")) ?? [];
  const labels = Object.entries(ASKED_FOR).map(([label, value]) => `${label}=${String(value)}`);
  expect(command).toContain(`--labels=${labels.join()}`);
  expect(command).toContain('"FLOTILLA_TOKEN"');
});
