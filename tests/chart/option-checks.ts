// What becomes of options of pods, images and accounts, as functions from objects to a complaint, or null.
import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "./render.ts";

type PodSpec = {
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly containers: readonly {
    readonly image: string;
    readonly args?: readonly string[];
    readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
    readonly volumeMounts?: readonly { readonly mountPath: string }[];
  }[];
  readonly volumes?: readonly { readonly name: string }[];
} & Readonly<Record<string, unknown>>;
type Template = {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
};

/** Of every-pod-option.yaml. */
export function optionsAreTaken(objects: readonly KubernetesObject[]): string | null {
  const replica = templateOf(objects, "flotilla-replica-1");
  const worker = templateOf(objects, "flotilla-worker");
  const [container] = replica.spec.containers;
  const found = {
    digest: container?.image,
    tag: worker.spec.containers[0]?.image,
    labels: [replica, worker].map(({ metadata }) => `${metadata.labels["tier"]} ${metadata.labels["team"]}`),
    notes: [replica, worker].map(({ metadata }) => metadata.annotations["note"]),
    scraped: replica.metadata.annotations["prometheus.io/scrape"],
    places: [replica, worker].map(({ spec }) =>
      [spec["nodeSelector"], Object.keys((spec["affinity"] ?? {}) as object), spec["tolerations"]]
        .map((each) => JSON.stringify(each))
        .join(),
    ),
    more: [container?.env?.at(-1)?.name, container?.volumeMounts?.at(-1)?.mountPath, replica.spec.volumes?.at(-1)?.name].join(),
    strategies: ["flotilla-replica-1", "flotilla-controller"].map((name) =>
      JSON.stringify(objectOf(objects, name).spec?.["updateStrategy"]),
    ),
    heaps: ["flotilla-replica-1", "flotilla-controller", "flotilla-coordinator", "flotilla-worker"].map((name) =>
      variableOf(templateOf(objects, name), "NODE_OPTIONS"),
    ),
    holds: ["flotilla-replica-1", "flotilla-controller"].map((name) => variableOf(templateOf(objects, name), "FLOTILLA_HOLD_MS")),
    further: objects.filter(({ metadata }) => /-(object|text)$/.test(metadata.name)).map(({ metadata }) => metadata.name),
    unlabelled: objects.filter(({ metadata }) => metadata.labels?.["team"] !== "storage").map(({ metadata }) => metadata.name),
    pulled: [...new Set(podsOf(objects).map(({ imagePullSecrets = [] }) => imagePullSecrets.map(({ name }) => name).join()))],
  };
  const wanted: typeof found = {
    digest: `images.example/flotilla-replica@sha256:${"a".repeat(64)}`,
    tag: "images.example/flotilla-worker:0.1.0",
    labels: ["own storage", "all storage"],
    notes: ["own", "all"],
    scraped: "true",
    places: ['{"disk":"fast"},["podAntiAffinity"],[{"key":"stores","operator":"Exists"}]', ',["nodeAffinity"],'],
    more: "HOST_IP,/certificates,certificates",
    strategies: ['{"type":"RollingUpdate","rollingUpdate":{"partition":2}}', '{"type":"OnDelete","rollingUpdate":null}'],
    heaps: ["--max-old-space-size-percentage=50", "--max-old-space-size=99", "", ""],
    holds: ["35000", "27500"],
    further: ["flotilla-object", "flotilla-text"],
    unlabelled: ["flotilla-object", "flotilla-text"],
    pulled: ["third,first,second"],
  };
  return differences(found, wanted);
}

/** The pods have the labels of the release, which policies let in, and no more of a token than they need. */
export function backupsAre(objects: readonly KubernetesObject[], { restores }: { readonly restores: boolean }): string | null {
  const job = objects.find(({ metadata }) => metadata.name === "flotilla-restore");
  const cronJob = objects.find(({ kind, metadata }) => kind === "CronJob" && metadata.name === "flotilla-backup");
  const made = (cronJob?.spec?.["jobTemplate"] as { readonly spec: { readonly template: Template } } | undefined)?.spec.template;
  const restored = job?.spec?.["template"] as Template | undefined;
  const claim = objects.find(({ kind, metadata }) => kind === "PersistentVolumeClaim" && metadata.name === "flotilla-backup");
  const found = {
    made: made?.spec.containers[0]?.args?.slice(0, 5).join(" "),
    restored: restored?.spec.containers[0]?.args?.slice(0, 2).join(" "),
    hook: job?.metadata.annotations?.["helm.sh/hook"],
    keep: claim?.metadata.annotations?.["helm.sh/resource-policy"],
    instances: [made, restored].map((template) => template?.metadata.labels["app.kubernetes.io/instance"]),
    tokens: JSON.stringify([made, restored]).includes('"key":"admin"'),
  };
  const wanted: typeof found = {
    made: "backup create /backups --keep 7",
    restored: restores ? "restore s3://backups/some" : undefined,
    hook: restores ? "post-install" : undefined,
    keep: "keep",
    instances: ["flotilla", restores ? "flotilla" : undefined],
    tokens: false,
  };
  return differences(found, wanted);
}

/** Whoever needs the claim at once, where there is to be one: with it, and without a token. */
export function claimsUserIs(objects: readonly KubernetesObject[], claim: string | null): string | null {
  const jobs = objects.filter(({ kind, metadata }) => kind === "Job" && metadata.name.startsWith("flotilla-backup-claim-"));
  const found = jobs.map(({ metadata, spec }) => {
    const { containers, volumes = [] } = (spec?.["template"] as Template).spec;
    const mounted = volumes.map((volume) => (volume as { persistentVolumeClaim?: { claimName: string } }).persistentVolumeClaim?.claimName);
    return { hook: metadata.annotations?.["helm.sh/hook"], claims: mounted.filter((each) => each !== undefined), env: containers[0]?.env };
  });
  const wanted: typeof found = claim === null ? [] : [{ hook: undefined, claims: [claim], env: undefined }];
  return differences({ found }, { found: wanted });
}

/** What FlotillaBackupTooOld goes by. Null: nothing. */
export function backupAgeIs(objects: readonly KubernetesObject[], wantedSeconds: number | null): string | null {
  const groups = objects.find(({ kind }) => kind === "PrometheusRule")?.spec?.["groups"] as
    readonly { readonly name: string; readonly rules: readonly { readonly expr: string; readonly labels?: object }[] }[] | undefined;
  const rules = groups?.find(({ name }) => name === "flotilla-backup-age")?.rules ?? [];
  const found = rules.map(({ expr, labels }) => `${expr} ${Object.values(labels ?? {}).join()}`);
  const of = '{namespace="default",cronjob="flotilla-backup"}';
  const age = `time() - max(kube_cronjob_status_last_successful_time${of} or kube_cronjob_created${of})`;
  const wanted = wantedSeconds === null ? [] : [`${age} default,flotilla`, `vector(${wantedSeconds}) default,flotilla`];
  return differences({ rules: found }, { rules: wanted });
}

/** Where all pods have names of their own, the account names them. */
export function chaosMayDoNoMore(objects: readonly KubernetesObject[], names: { readonly areKnown: boolean }): string | null {
  const members = ["flotilla-controller-0", "flotilla-controller-1", "flotilla-controller-2"];
  for (const group of [1, 2]) members.push(...[0, 1, 2].map((ordinal) => `flotilla-replica-${group}-${ordinal}`));
  const named = names.areKnown ? { resourceNames: members } : {};
  const claims = members.map((name) => `data-${name}`);
  const wanted = [
    { resources: ["pods"], verbs: ["list"] },
    { resources: ["pods"], ...named, verbs: ["delete"] },
    { resources: ["pods/exec"], ...named, verbs: ["get", "create"] },
    { resources: ["pods/eviction"], ...named, verbs: ["create"] },
    { resources: ["persistentvolumeclaims"], resourceNames: claims, verbs: ["delete"] },
    { resources: ["configmaps"], resourceNames: ["flotilla-chaos"], verbs: ["get", "patch"] },
  ].map((rule) => ({ apiGroups: [""], ...rule }));
  const found = objects.find(({ kind, metadata }) => kind === "Role" && metadata.name === "flotilla-chaos")?.["rules"];
  return differences({ rules: found }, { rules: wanted });
}

/** Where its word counts lie; null: nowhere. */
export function chaosCountsIn(
  objects: readonly KubernetesObject[],
  place: { readonly path: string; readonly claim: string } | null,
): string | null {
  const cron = objects.find(({ kind, metadata }) => kind === "CronJob" && metadata.name === "flotilla-chaos");
  const { spec } = (cron?.spec as { jobTemplate: { spec: { template: Template } } }).jobTemplate.spec.template;
  const { args = [], volumeMounts = [] } = spec.containers[0] ?? {};
  const found = {
    told: args.includes("--shared") ? args[args.indexOf("--shared") + 1] : null,
    mounts: volumeMounts.map(({ mountPath }) => mountPath).filter((path) => path !== "/tmp"),
    volumes: spec.volumes?.filter(({ name }) => name === "shared"),
  };
  const none = { told: null, mounts: [], volumes: [] };
  if (place === null) return differences(found, none);
  const volume = { name: "shared", persistentVolumeClaim: { claimName: place.claim } };
  return differences(found, { told: `${place.path}/chaos`, mounts: [place.path], volumes: [volume] });
}

/** By what moves Helm to run a hook: what of `wanted` its arguments hold. */
export function hooksAre(objects: readonly KubernetesObject[], wanted: Readonly<Record<string, readonly string[]>>): string | null {
  const words = [...new Set(Object.values(wanted).flat())];
  const jobs = objects.filter(({ kind, metadata }) => kind === "Job" && metadata.annotations?.["helm.sh/hook"] !== undefined);
  const found = jobs.map(({ metadata, spec }): [string, readonly string[]] => {
    const text = ` ${(spec?.["template"] as Template).spec.containers[0]?.args?.join(" ") ?? ""} `;
    return [metadata.annotations?.["helm.sh/hook"] ?? "", words.filter((each) => text.includes(` ${each} `))];
  });
  return differences({ hooks: Object.fromEntries(found.toSorted()) }, { hooks: Object.fromEntries(Object.entries(wanted).toSorted()) });
}

/** By Grafana's operator: each from the ConfigMap that has it. */
export function dashboardsAreShown(objects: readonly KubernetesObject[], areAll: boolean): string | null {
  const shown = objects.filter(({ kind }) => kind === "GrafanaDashboard");
  const found = shown.map(({ spec }) => JSON.stringify([spec?.["instanceSelector"], spec?.["configMapRef"]]));
  const maps = objects.filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.labels?.["grafana_dashboard"] === "1");
  const selector = { matchLabels: { dashboards: "grafana" } };
  const wanted = maps.map(({ metadata: { name }, data }) => JSON.stringify([selector, { name, key: Object.keys(data as object)[0] }]));
  return differences({ found, areThere: maps.length > 1 }, { found: areAll ? wanted : [], areThere: true });
}

/** It has all that its command line asks for, and nobody has it. */
export function toolboxIsThere(objects: readonly KubernetesObject[], services: readonly string[]): string | null {
  const { spec } = templateOf(objects, "flotilla-toolbox");
  const [container] = spec.containers;
  const policy = objects.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "flotilla-toolbox");
  const found = {
    image: container?.image,
    env: container?.env,
    account: spec["automountServiceAccountToken"],
    ingress: policy?.spec?.["ingress"],
    types: policy?.spec?.["policyTypes"],
  };
  const members = [0, 1, 2].map((ordinal) => `flotilla-controller-${ordinal}.flotilla-controller`);
  const origins = [...members, ...services].map((host) => `http://${host}.default.svc.cluster.local:7400`);
  const wanted: typeof found = {
    image: "flotilla-cli:0.1.0",
    env: [
      { name: "FLOTILLA_ENDPOINT", value: origins.join() },
      { name: "FLOTILLA_TOKEN", valueFrom: { secretKeyRef: { name: "flotilla-tokens", key: "admin" } } },
    ],
    account: false,
    ingress: [],
    types: ["Ingress", "Egress"],
  };
  return differences(found, wanted);
}

/** Only pods are hooks: what a hook makes, an uninstall leaves. And they go when they have succeeded. */
export function testsLeaveNothing(objects: readonly KubernetesObject[]): string | null {
  const hooks = objects.filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] === "test");
  const found = hooks.map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.annotations?.["helm.sh/hook-delete-policy"] ?? ""}`);
  const policy = "before-hook-creation,hook-succeeded";
  return differences({ found }, { found: [`Pod/flotilla-test-failover ${policy}`, `Pod/flotilla-test-word-count ${policy}`] });
}

export function thereAreNoTests(objects: readonly KubernetesObject[]): string | null {
  const found = objects.filter(({ metadata }) => /-test(-|$)/.test(metadata.name)).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  return found.length === 0 ? null : `there are ${found.join(", ")}`;
}

/** Which of two keys of an object comes first says nothing. */
export function differences(found: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): string | null {
  const different = Object.keys(wanted).filter((key) => !isDeepStrictEqual(found[key], wanted[key]));
  return different.map((key) => `${key}: ${JSON.stringify(found[key])} instead of ${JSON.stringify(wanted[key])}`).join("\n") || null;
}

function objectOf(objects: readonly KubernetesObject[], name: string): KubernetesObject {
  const found = objects.find(({ kind, metadata }) => metadata.name === name && (kind === "StatefulSet" || kind === "Deployment"));
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

const templateOf = (objects: readonly KubernetesObject[], name: string): Template => objectOf(objects, name).spec?.["template"] as Template;

const variableOf = ({ spec }: Template, wanted: string): string =>
  (spec.containers[0]?.env ?? [])
    .filter(({ name }) => name === wanted)
    .map(({ value }) => value)
    .join();

function podsOf(objects: readonly KubernetesObject[]): readonly PodSpec[] {
  return objects.flatMap(({ kind, spec }) => {
    if (kind === "Pod") return [spec as unknown as PodSpec];
    const template = spec?.["template"] as Template | undefined;
    return template?.spec === undefined ? [] : [template.spec];
  });
}
