// What becomes of pods that run when there are to be more or fewer of others: nothing. A pod template that changes has Kubernetes replace
// every pod that it made.
import type { KubernetesObject } from "./render.ts";

type Variable = {
  readonly name: string;
  readonly valueFrom?: { readonly configMapKeyRef?: { readonly name: string; readonly key: string } };
};
type Template = { readonly spec: { readonly containers: readonly { readonly env?: readonly Variable[] }[] } };

const HARD = ["--set", "topologySpread.hard=true"];

/** With the same arguments: what is set before, and then. */
export const SCALINGS: readonly { readonly args?: readonly string[]; readonly before: string; readonly then: string }[] = [
  { before: "replicas=3", then: "replicas=5" },
  { before: "replicas=5", then: "replicas=3" },
  { before: "replicas=1", then: "replicas=3" },
  { before: "replicas=3", then: "replicas=7", args: HARD },
  { before: "groups=2", then: "groups=3" },
  { before: "groups=3", then: "groups=2" },
  { before: "groups=1", then: "groups=12", args: HARD },
  { before: "coordinators=2", then: "coordinators=3" },
  { before: "workers=2", then: "workers=5" },
];

/** Whoever is there both times. */
export function nobodyStartsAgain(before: readonly KubernetesObject[], then: readonly KubernetesObject[]): string | null {
  const were = templatesIn(before);
  const changed = [...templatesIn(then)].filter(
    ([name, template]) => JSON.stringify(were.get(name) ?? template) !== JSON.stringify(template),
  );
  return changed.length === 0 ? null : `pods are replaced: ${changed.map(([name]) => name).join(", ")}`;
}

/** Whoever starts reads who there is; as many as `counts` says, by set. */
export function placesAreTold(objects: readonly KubernetesObject[], counts: Readonly<Record<string, number>>): string | null {
  const read = (set: string, name: string): string => {
    const variable = templatesIn(objects)
      .get(`StatefulSet/${set}`)
      ?.spec.containers[0]?.env?.find((each) => each.name === name);
    const { name: map, key } = variable?.valueFrom?.configMapKeyRef ?? { name: "", key: "" };
    const found = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === map);
    return (found?.["data"] as Readonly<Record<string, string>> | undefined)?.[key] ?? "";
  };
  const places = (set: string, count: number): string =>
    Array.from({ length: count }, (_, i) => `${set}-${i}.${set}.default.svc.cluster.local:7401`).join();
  const wrong = Object.entries(counts).filter(([set, count]) => read(set, "FLOTILLA_PEERS") !== places(set, count));
  if (wrong.length > 0) return `${wrong.map(([set]) => `${set} is told of ${read(set, "FLOTILLA_PEERS")}`).join("; ")}`;
  const groups = Object.keys(counts).flatMap((set) => /-replica-(\d+)$/.exec(set)?.[1] ?? []);
  const told = read("flotilla-controller", "FLOTILLA_INITIAL_GROUPS");
  return told === groups.join() ? null : `controllers are told of the groups ${told}`;
}

function templatesIn(objects: readonly KubernetesObject[]): ReadonlyMap<string, Template> {
  const workloads = objects.filter(({ kind }) => kind === "StatefulSet" || kind === "Deployment");
  return new Map(workloads.map(({ kind, metadata, spec }) => [`${kind}/${metadata.name}`, spec?.["template"] as Template]));
}
