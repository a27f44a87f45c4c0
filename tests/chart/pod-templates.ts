// What is merged over pod templates (pod-templates.yaml) is in its place, and takes nothing along that it does not name.
import { differences } from "./option-checks.ts";
import type { KubernetesObject } from "./render.ts";

type Named = { readonly name: string } & Readonly<Record<string, unknown>>;
type Mount = { readonly mountPath: string } & Readonly<Record<string, unknown>>;
type Container = {
  readonly name: string;
  readonly env: readonly Named[];
  readonly ports: readonly Named[];
  readonly volumeMounts: readonly Mount[];
} & Readonly<Record<string, unknown>>;
type Template = {
  readonly metadata: Readonly<Record<"annotations" | "labels", Readonly<Record<string, string>>>>;
  readonly spec: { readonly containers: readonly Container[]; readonly volumes: readonly Named[] } & Readonly<Record<string, unknown>>;
};

/** `plain` is what is rendered without them. */
export function templatesAreMerged(plain: readonly KubernetesObject[], merged: readonly KubernetesObject[]): string | null {
  return replicaIsMerged(templateOf(plain, "replica-1"), templateOf(merged, "replica-1")) ?? othersAreMerged(plain, merged);
}

function replicaIsMerged(before: Template, { metadata, spec }: Template): string | null {
  const [container, sidecar] = spec.containers;
  const [was] = before.spec.containers;
  const found = {
    annotations: metadata.annotations,
    labels: metadata.labels,
    sidecar: sidecar?.name,
    env: container?.env,
    ports: container?.ports,
    mounts: container?.volumeMounts,
    volumes: spec.volumes,
    spread: spreadOf(spec),
    probe: container?.["livenessProbe"],
  };
  const wanted: typeof found = {
    annotations: { ...before.metadata.annotations, "prometheus.io/scrape": "false", "backup.example/volumes": "data" },
    labels: before.metadata.labels,
    sidecar: "shipper",
    env: [
      ...(was?.env ?? []).map((each) => (each.name === "FLOTILLA_HOST" ? { ...each, value: "::" } : each)),
      { name: "FLOTILLA_LOG_LEVEL", value: "warn" },
    ],
    ports: was?.ports.map((port) => (port.name === "health" ? { ...port, protocol: "TCP" } : port)),
    mounts: [
      ...(was?.volumeMounts ?? []).map((mount) => (mount.mountPath === "/tmp" ? { ...mount, subPath: "replica" } : mount)),
      { mountPath: "/shipped", name: "data", readOnly: true },
    ],
    volumes: [
      { name: "tmp", emptyDir: { medium: "Memory" } },
      { name: "shipped", emptyDir: {} },
    ],
    spread: spreadOf(before.spec).map((each, i) => (i === 0 ? { ...each, nodeTaintsPolicy: "Honor" } : each)),
    probe: was?.["livenessProbe"],
  };
  return differences(found, wanted);
}

function othersAreMerged(plain: readonly KubernetesObject[], merged: readonly KubernetesObject[]): string | null {
  const [controller, coordinator, worker] = ["controller", "coordinator", "worker"].map((name) => templateOf(merged, name));
  const startup = templateOf(plain, "controller").spec.containers[0]?.["startupProbe"] as object;
  const found = {
    startup: controller?.spec.containers[0]?.["startupProbe"],
    linked: "enableServiceLinks" in (coordinator?.spec ?? {}),
    scratch: Object.keys(coordinator?.spec.volumes[0] ?? {}).sort(),
    sandbox: [worker?.metadata.labels["sandbox"], worker?.spec["runtimeClassName"]],
    dropped: (worker?.spec.containers[0]?.["securityContext"] as { readonly capabilities: unknown }).capabilities,
  };
  const wanted: typeof found = {
    startup: { ...startup, failureThreshold: 600 },
    linked: false,
    scratch: ["ephemeral", "name"],
    sandbox: ["gvisor", "gvisor"],
    dropped: { drop: ["ALL", "NET_RAW"] },
  };
  return differences(found, wanted);
}

const spreadOf = (spec: Template["spec"]): readonly object[] => spec["topologySpreadConstraints"] as readonly object[];

function templateOf(objects: readonly KubernetesObject[], component: string): Template {
  const workload = objects.find(
    ({ kind, metadata }) => metadata.name === `flotilla-${component}` && (kind === "StatefulSet" || kind === "Deployment"),
  );
  if (workload === undefined) throw new Error(`there is no flotilla-${component}`);
  return workload.spec?.["template"] as Template;
}
