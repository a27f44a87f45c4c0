// The manifests for other tools mean pods that the chart makes: what they select, the container and the folder in it are there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

type Labels = Readonly<Record<string, string>>;
type Template = {
  readonly metadata: { readonly labels: Labels };
  readonly spec: {
    readonly containers: readonly { readonly name: string; readonly volumeMounts?: readonly { readonly mountPath: string }[] }[];
  };
};
type Selector = { readonly namespaces: readonly string[]; readonly labelSelectors: Labels };
type ChaosSpec = {
  readonly selector?: Selector;
  readonly target?: { readonly selector: Selector };
  readonly containerNames?: readonly string[];
  readonly volumePath?: string;
  readonly mode?: string;
  readonly appinfo?: { readonly applabel: string; readonly appkind: string };
};
type Manifest = { readonly kind: string; readonly metadata: { readonly name: string }; readonly spec: ChaosSpec };

const documents = (path: string): readonly unknown[] =>
  parseAllDocuments(readFileSync(join(__dirname, path), "utf8")).map((document) => document.toJS() as unknown);

const WORKLOADS = (documents("golden/default.yaml") as readonly { kind: string; spec: { template: Template } }[]).filter(({ kind }) =>
  ["StatefulSet", "Deployment"].includes(kind),
);
const manifests = (file: string): readonly Manifest[] => documents(`../../k8s/chaos/${file}`) as readonly Manifest[];

const selectedBy = (labels: Labels) =>
  WORKLOADS.filter(({ spec }) => Object.entries(labels).every(([name, value]) => spec.template.metadata.labels[name] === value));

test.each(manifests("chaos-mesh.yaml").map((manifest) => [manifest.metadata.name, manifest.spec] as const))(
  "Chaos Mesh, %s: one member of one group, in a container that it has",
  (_, { selector, target, containerNames = [], volumePath, mode }) => {
    const found = selectedBy(selector?.labelSelectors ?? {});
    expect(found.map(({ kind }) => kind)).toEqual(["StatefulSet"]);
    expect(mode).toBe("one");
    const [container, ...others] = found[0]?.spec.template.spec.containers ?? [];
    expect(others).toEqual([]);
    for (const name of containerNames) expect(name).toBe(container?.name);
    if (volumePath !== undefined) expect(container?.volumeMounts?.map(({ mountPath }) => mountPath)).toContain(volumePath);
    if (target !== undefined) expect(selectedBy(target.selector.labelSelectors)).toHaveLength(WORKLOADS.length);
  },
);

test.each(manifests("litmus.yaml").map((manifest) => [manifest.metadata.name, manifest.spec] as const))(
  "Litmus, %s: one workload of its kind",
  (_, { appinfo }) => {
    const labels = Object.fromEntries((appinfo?.applabel ?? "").split(",").map((pair) => pair.split("=") as [string, string]));
    expect(selectedBy(labels).map(({ kind }) => kind.toLowerCase())).toEqual([appinfo?.appkind]);
  },
);
