// By which kind Prometheus is told of the pods: either finds each of them once, and gives its series the same labels.
import { differences } from "./option-checks.ts";
import type { KubernetesObject } from "./render.ts";

type Labels = Readonly<Record<string, string>>;
type Relabeling = { readonly targetLabel?: string; readonly replacement?: string; readonly action?: string; readonly regex?: string };
type Endpoint = { readonly port: string; readonly honorLabels?: boolean; readonly relabelings: readonly Relabeling[] };
type Monitor = {
  readonly selector: { readonly matchLabels: Labels };
  readonly podMetricsEndpoints?: readonly Endpoint[];
  readonly endpoints?: readonly Endpoint[];
};
type Service = {
  readonly clusterIP?: string;
  readonly publishNotReadyAddresses?: boolean;
  readonly selector: Labels;
  readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
};
type Template = {
  readonly metadata: { readonly labels: Labels };
  readonly spec: { readonly containers: readonly { readonly ports?: readonly { readonly name: string }[] }[] };
};

/** The same labels as tests/monitoring gives to its targets. */
export const isToldBy =
  (kind: "PodMonitor" | "ServiceMonitor") =>
  (objects: readonly KubernetesObject[]): string | null => {
    const monitors = objects.filter((object) => object.kind.endsWith("Monitor"));
    const monitor = monitors[0]?.spec as Monitor | undefined;
    const endpoint = (monitor?.podMetricsEndpoints ?? monitor?.endpoints)?.[0];
    const relabelings = endpoint?.relabelings ?? [];
    const given = [...new Set(relabelings.flatMap(({ targetLabel }) => targetLabel ?? []))];
    const found = {
      kinds: monitors.map((object) => object.kind),
      asked: [endpoint?.port, endpoint?.honorLabels],
      given: given.filter((label) => label !== "job"),
      // Which kind it is shows in nothing but these, where nobody takes care of it.
      job: relabelings.filter(({ targetLabel }) => targetLabel === "job").map(({ replacement }) => replacement),
      dropped: relabelings.filter(({ action }) => action === "labeldrop").map(({ regex }) => regex),
    };
    const isService = kind === "ServiceMonitor";
    const wanted: typeof found = {
      kinds: [kind],
      asked: ["health", true],
      given: ["release", "component", "group"],
      job: isService ? ["default/flotilla"] : [],
      dropped: isService ? ["service"] : [],
    };
    return differences(found, wanted) ?? findsEach(objects, monitor?.selector.matchLabels ?? {}, isService);
  };

/** A pod whose ports two of the Services have would be asked twice. */
function findsEach(objects: readonly KubernetesObject[], selector: Labels, isService: boolean): string | null {
  const services = objects.filter(({ kind, metadata }) => kind === "Service" && isSelected(selector, metadata.labels ?? {}));
  const found = services.map(({ spec }) => {
    const { clusterIP, publishNotReadyAddresses, ports } = spec as Service;
    return [clusterIP, publishNotReadyAddresses, ...ports.map(({ name, targetPort }) => `${name} ${targetPort}`)].join();
  });
  if (isService && found.join(";") !== "None,true,health health") return `the Services are ${found.join(";")}`;
  const ofPods = isService ? (services[0]?.spec as Service).selector : selector;
  const lost = objects.filter(({ kind, spec }) => {
    if (kind !== "StatefulSet" && kind !== "Deployment") return false;
    const { metadata, spec: pod } = spec?.["template"] as Template;
    return pod.containers.some(({ ports = [] }) => ports.some(({ name }) => name === "health")) && !isSelected(ofPods, metadata.labels);
  });
  return lost.length === 0 ? null : `nobody finds the pods of ${lost.map(({ metadata }) => metadata.name).join()}`;
}

const isSelected = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([label, value]) => labels[label] === value);
