// What must hold for every object of the chart, whatever the values: each rule is a function from objects to complaints, so that
// it can be shown to find what it looks for.
import type { KubernetesObject } from "./render.ts";

export type ObjectRule = (objects: readonly KubernetesObject[]) => readonly string[];

type Container = {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly ports?: readonly unknown[];
  readonly lifecycle?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly resources?: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> };
  readonly securityContext?: Readonly<Record<string, unknown>> & { readonly capabilities?: { readonly drop?: readonly string[] } };
};
type Probe = {
  readonly exec?: { readonly command: readonly string[] };
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
};
type Exec = NonNullable<Probe["exec"]>;
type PodSpec = {
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: { readonly runAsNonRoot?: boolean; readonly seccompProfile?: { readonly type: string } };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly hostNetwork?: boolean;
  readonly topologySpreadConstraints?: readonly Spread[];
};
type Spread = { readonly topologyKey: string; readonly whenUnsatisfiable: string; readonly minDomains?: number };
type Template = { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: PodSpec };
type Strategy = { readonly rollingUpdate: { readonly maxUnavailable: number } };
type SetSpec = {
  readonly replicas: number;
  readonly serviceName: string;
  readonly podManagementPolicy: string;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly template: Template;
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string; readonly labels?: Record<string, string> } }[];
};

const VOLUMES_ALLOWED = [
  "name",
  "configMap",
  "emptyDir",
  "secret",
  "projected",
  "persistentVolumeClaim",
  "downwardAPI",
  "csi",
  "ephemeral",
];
/** Labels that a new version of the chart changes. */
const CHANGING = ["app.kubernetes.io/version", "helm.sh/chart", "app.kubernetes.io/managed-by"];

export const podsAreRestricted: ObjectRule = (objects) =>
  podSpecs(objects).flatMap(({ name, spec }) => {
    const complaints: string[] = [];
    const { runAsNonRoot, seccompProfile } = spec.securityContext ?? {};
    if (runAsNonRoot !== true) complaints.push("may run as root");
    if (seccompProfile?.type !== "RuntimeDefault") complaints.push("has no seccomp profile");
    if (spec.hostNetwork === true) complaints.push("is on the node's network");
    for (const volume of spec.volumes ?? [])
      if (!Object.keys(volume).every((key) => VOLUMES_ALLOWED.includes(key))) complaints.push(`has a volume of a kind that is not allowed`);
    for (const { name: container, securityContext = {} } of containersOf(spec)) {
      if (securityContext["allowPrivilegeEscalation"] !== false) complaints.push(`${container} may gain privileges`);
      if (securityContext.capabilities?.drop?.includes("ALL") !== true) complaints.push(`${container} keeps capabilities`);
      if (securityContext["readOnlyRootFilesystem"] !== true) complaints.push(`${container} may write to its image`);
    }
    return complaints.map((complaint) => `${name}: ${complaint}`);
  });

/** The rest of a pod has no business with the API server; a pod of a test that deletes others does. */
export const servicesHaveNoAccount: ObjectRule = (objects) =>
  workloads(objects).flatMap(({ name, spec }) =>
    spec.template.spec.automountServiceAccountToken === false ? [] : [`${name}: mounts a token of the API server`],
  );

export const containersHaveRequestsAndAMemoryLimit: ObjectRule = (objects) =>
  podSpecs(objects).flatMap(({ name, spec }) =>
    containersOf(spec).flatMap(({ name: container, resources = {} }) =>
      resources.requests?.["cpu"] && resources.requests["memory"] && resources.limits?.["memory"] && !resources.limits["cpu"]
        ? []
        : [`${name}: ${container} needs requests of cpu and memory and a limit of memory, and no limit of cpu`],
    ),
  );

export const noImageIsLatest: ObjectRule = (objects) =>
  podSpecs(objects).flatMap(({ name, spec }) =>
    containersOf(spec)
      .filter(({ image }) => !/:[^:/]+$/.test(image) || image.endsWith(":latest"))
      .map(({ image }) => `${name}: the image ${image} has no version`),
  );

/** There is no other program in the images than Node. */
export const onlyNodeIsRun: ObjectRule = (objects) =>
  podSpecs(objects).flatMap(({ name, spec }) =>
    containersOf(spec).flatMap(({ name: container, command, lifecycle = {}, livenessProbe, readinessProbe, startupProbe }) => {
      const inside = [livenessProbe, readinessProbe, startupProbe, ...Object.values(lifecycle)].map(
        (each) => each?.["exec"] as Exec | undefined,
      );
      return [command, ...inside.map((exec) => exec?.command)]
        .filter((words) => words !== undefined && words[0] !== "node")
        .map((words) => `${name}: ${container} runs ${words?.join(" ")}`);
    }),
  );

/** Of whatever listens. */
export const livenessIsPatientAndLocal: ObjectRule = (objects) =>
  workloads(objects).flatMap(({ name, spec }) =>
    spec.template.spec.containers.flatMap(({ ports, livenessProbe, readinessProbe, startupProbe }) => {
      if (ports === undefined) return [];
      const isPatient = livenessProbe?.timeoutSeconds === 5 && livenessProbe.failureThreshold === 6;
      const paths = [livenessProbe, readinessProbe, startupProbe].map(
        (probe) => `${probe?.httpGet?.port ?? ""}${probe?.httpGet?.path ?? ""}`,
      );
      return isPatient && paths.join() === "health/livez,health/readyz,health/startupz"
        ? []
        : [`${name}: its probes are not the agreed ones`];
    }),
  );

export const membersStartTogetherAndAreFound: ObjectRule = (objects) =>
  sets(objects).flatMap(({ name, spec }) => {
    const service = objects.find((object) => object.kind === "Service" && object.metadata.name === spec.serviceName);
    const complaints: string[] = [];
    if (spec.podManagementPolicy !== "Parallel") complaints.push("members start one after the other");
    if (service?.spec?.["clusterIP"] !== "None") complaints.push("has no headless service");
    if (service?.spec?.["publishNotReadyAddresses"] !== true) complaints.push("members can't be found before they are ready");
    return complaints.map((complaint) => `${name}: ${complaint}`);
  });

export const everythingHasABudget: ObjectRule = (objects) =>
  workloads(objects)
    // Members have one however many they are: they may have been more.
    .filter(({ name, spec }) => spec.replicas > 1 || sets(objects).some((set) => set.name === name))
    .filter(({ name, spec }) => {
      const budget = objects.find((object) => object.kind === "PodDisruptionBudget" && object.metadata.name === name);
      const labels = (budget?.spec?.["selector"] as { matchLabels?: Record<string, string> } | undefined)?.matchLabels;
      return budget?.spec?.["maxUnavailable"] !== 1 || JSON.stringify(labels) !== JSON.stringify(spec.selector.matchLabels);
    })
    .map(({ name }) => `${name}: no budget lets one pod go at a time`);

/** Jobs of hooks belong to no release: those that failed would stay for good. */
export const jobsGoByThemselves: ObjectRule = (objects) =>
  objects
    .filter(({ kind, spec }) => kind === "Job" && typeof spec?.["ttlSecondsAfterFinished"] !== "number")
    .map(({ metadata }) => `${metadata.name}: stays for ever if it fails`);

/** Else one of one is none for a while, and Helm does not wait for it. */
export const updatesTakeNobodyAway: ObjectRule = (objects) =>
  objects
    .filter(({ kind }) => kind === "Deployment")
    .filter(({ spec }) => (spec?.["strategy"] as Strategy | undefined)?.rollingUpdate.maxUnavailable !== 0)
    .map(({ metadata }) => `${metadata.name}: an update ends pods before others are ready`);

export const podsAreSpread: ObjectRule = (objects) =>
  workloads(objects)
    .filter(({ spec }) => {
      const spreads = spec.template.spec.topologySpreadConstraints ?? [];
      const keys = spreads.map(({ topologyKey }) => topologyKey);
      // Who has to be on a node of its own may not share one because there are too few.
      const mayShare = spreads.some((each) => each.whenUnsatisfiable === "DoNotSchedule" && (each.minDomains ?? 1) < spec.replicas);
      return mayShare || !keys.includes("kubernetes.io/hostname") || !keys.includes("topology.kubernetes.io/zone");
    })
    .map(({ name }) => `${name}: is not spread over nodes and zones`);

/** What can't be changed must not hold what changes. */
export const immutablesHoldNothingThatChanges: ObjectRule = (objects) =>
  workloads(objects).flatMap(({ name, spec }) =>
    [spec.selector.matchLabels, ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.labels ?? {})]
      .flatMap((labels) => Object.keys(labels))
      .filter((label) => CHANGING.includes(label))
      .map((label) => `${name}: ${label} is where nothing can be changed`),
  );

export const selectorsFindTheirPods: ObjectRule = (objects) =>
  workloads(objects).flatMap(({ name, spec }) =>
    Object.entries(spec.selector.matchLabels).every(([label, value]) => spec.template.metadata.labels[label] === value)
      ? []
      : [`${name}: its selector does not fit its pods`],
  );

/** Each set finds its own pods only. */
export const selectorsAreTheirOwn: ObjectRule = (objects) => {
  const all = workloads(objects).map(({ name, spec }) => ({ name, key: JSON.stringify(spec.selector.matchLabels) }));
  return all.filter(({ key }, i) => all.findIndex((other) => other.key === key) !== i).map(({ name }) => `${name}: shares its selector`);
};

export const thePeerPortIsClosed: ObjectRule = (objects) => {
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy");
  return sets(objects).flatMap(({ name, spec }) => {
    const own = policies.filter((policy) => isSelected(policy.spec?.["podSelector"] as Selector, spec.template.metadata.labels));
    const rules = own.flatMap((policy) => policy.spec?.["ingress"] as readonly Ingress[]);
    const onPeerPort = rules.filter(({ ports = [] }) => ports.some(({ port }) => port === 7401));
    const isClosed =
      own.length > 0 && onPeerPort.every(({ from = [] }) => from.length > 0 && from.every(({ podSelector }) => podSelector !== undefined));
    return isClosed && rules.every(({ ports = [] }) => ports.length > 0) ? [] : [`${name}: its peer port is open`];
  });
};

/** Whoever runs other people's code reaches its own release, names, and nobody else who is not named; and only its release reaches it. */
export const workersAreKeptIn: ObjectRule = (objects) =>
  workloads(objects)
    .filter(({ spec }) => spec.template.metadata.labels["app.kubernetes.io/component"] === "worker")
    .filter(({ spec }) => {
      const policy = objects.find(
        ({ kind, spec: own }) => kind === "NetworkPolicy" && isSelected(own?.["podSelector"] as Selector, spec.template.metadata.labels),
      );
      const { policyTypes, egress, ingress } = (policy?.spec ?? {}) as {
        policyTypes?: readonly string[];
        egress?: readonly Egress[];
        ingress?: readonly Ingress[];
      };
      const isOut = egress?.every(({ to = [], ports = [] }) => to.length > 0 && ports.length > 0) === true;
      const isIn = ingress?.filter(({ ports = [] }) => ports.some(({ port }) => port === 7400)).every(({ from = [] }) => from.length > 0);
      return policyTypes?.includes("Egress") !== true || !isOut || isIn !== true;
    })
    .map(({ name }) => `${name}: the worker's network is open`);

export const OBJECT_RULES: Readonly<Record<string, ObjectRule>> = {
  podsAreRestricted,
  servicesHaveNoAccount,
  containersHaveRequestsAndAMemoryLimit,
  noImageIsLatest,
  onlyNodeIsRun,
  livenessIsPatientAndLocal,
  membersStartTogetherAndAreFound,
  everythingHasABudget,
  jobsGoByThemselves,
  updatesTakeNobodyAway,
  podsAreSpread,
  immutablesHoldNothingThatChanges,
  selectorsFindTheirPods,
  selectorsAreTheirOwn,
  thePeerPortIsClosed,
  workersAreKeptIn,
};

/** What all pods of the services ask for together. */
export function requestsOf(objects: readonly KubernetesObject[]): { readonly cpu: number; readonly bytes: number } {
  const each = workloads(objects).flatMap(({ spec }) =>
    containersOf(spec.template.spec).map(({ resources }) => ({
      cpu: spec.replicas * quantity(resources?.requests?.["cpu"] ?? "0"),
      bytes: spec.replicas * quantity(resources?.requests?.["memory"] ?? "0"),
    })),
  );
  return { cpu: each.reduce((sum, { cpu }) => sum + cpu, 0), bytes: each.reduce((sum, { bytes }) => sum + bytes, 0) };
}

const UNITS: Readonly<Record<string, number>> = { m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 };

function quantity(text: string): number {
  const [, number = "0", unit = ""] = /^([0-9.]+)(\w*)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? 1);
}

/** What an upgrade can't change, by object. */
export function immutablesOf(objects: readonly KubernetesObject[]): Readonly<Record<string, unknown>> {
  const fields = sets(objects).map(({ name, spec }): [string, unknown] => {
    const { selector, serviceName, podManagementPolicy, volumeClaimTemplates } = spec;
    return [`StatefulSet/${name}`, { selector, serviceName, podManagementPolicy, volumeClaimTemplates }];
  });
  return Object.fromEntries(fields);
}

type Selector = {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values: readonly string[] }[];
};
type Egress = { readonly ports?: readonly { readonly port: number }[]; readonly to?: readonly unknown[] };
type Ingress = { readonly ports?: readonly { readonly port: number }[]; readonly from?: readonly { readonly podSelector?: Selector }[] };

function isSelected({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(matchLabels).every(([label, value]) => labels[label] === value) &&
    matchExpressions.every(({ key, operator, values }) => operator === "In" && values.includes(labels[key] ?? ""))
  );
}

type Workload = { readonly name: string; readonly spec: SetSpec };

function sets(objects: readonly KubernetesObject[]): readonly Workload[] {
  return workloads(objects.filter(({ kind }) => kind === "StatefulSet"));
}

/** Whatever keeps services running. */
function workloads(objects: readonly KubernetesObject[]): readonly Workload[] {
  return objects
    .filter(({ kind }) => kind === "StatefulSet" || kind === "Deployment")
    .map(({ metadata, spec }) => ({ name: metadata.name, spec: spec as unknown as SetSpec }));
}

function podSpecs(objects: readonly KubernetesObject[]): readonly { readonly name: string; readonly spec: PodSpec }[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const name = `${kind}/${metadata.name}`;
    if (kind === "Pod") return [{ name, spec: spec as unknown as PodSpec }];
    const job = spec?.["jobTemplate"] as { readonly spec: { readonly template: Template } } | undefined;
    const template = job?.spec.template ?? (spec?.["template"] as Template | undefined);
    return template?.spec.containers === undefined ? [] : [{ name, spec: template.spec }];
  });
}

function containersOf({ containers, initContainers = [] }: PodSpec): readonly Container[] {
  return [...containers, ...initContainers];
}
