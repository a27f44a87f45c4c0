// What replacing a member needs of Kubernetes, for one release. The client for it is large, so it is loaded only where somebody asks for it.
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Node, V1Pod } from "@kubernetes/client-node";
import { runInPod } from "../chaos/kubernetes/run-in-pod.ts";
import type { Fields } from "../json.ts";
import { fieldsOf, parseJson, textOf } from "../json.ts";
import { Trouble } from "../trouble.ts";
import type { NodeSelectorTerm } from "./volume-home.ts";

export type ReplicaPod = {
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  /** As the command line names it. */
  readonly group: string;
  readonly ordinal: number;
  /** Null: nobody has found a node for it. */
  readonly node: string | null;
  readonly isRunning: boolean;
  readonly isLeaving: boolean;
  /** How its container ended last, if it has. */
  readonly exitCode: number | null;
  /** It ends again and again, and Kubernetes waits before it is started. */
  readonly isBackingOff: boolean;
};

export type Claim = { readonly name: string; readonly uid: string; readonly isLeaving: boolean; readonly volume: string | null };
/** `terms`: the nodes that it can be reached from; null: any. */
export type Volume = { readonly name: string; readonly terms: readonly NodeSelectorTerm[] | null };
export type Node = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly isReady: boolean };
/** What a member says of itself, and of its group. */
export type MemberAnswers = { readonly status: Fields; readonly readiness: Fields; readonly members: Fields };

export type ReleaseApi = {
  readonly namespace: string;
  readonly release: string;
  pods(): Promise<readonly ReplicaPod[]>;
  claim(name: string): Promise<Claim | null>;
  volume(name: string): Promise<Volume | null>;
  nodes(): Promise<readonly Node[]>;
  /** Only if it is still the one that is meant. Goes when no pod uses it any more. */
  deleteClaim(claim: Pick<Claim, "name" | "uid">): Promise<void>;
  /** Only if it is still the one that is meant. `isForced`: without its node, which nobody reaches. */
  deletePod(pod: Pick<ReplicaPod, "name" | "uid">, isForced: boolean): Promise<void>;
  /** Null: nobody answers there. */
  ask(pod: Pick<ReplicaPod, "name" | "component">): Promise<MemberAnswers | null>;
  /** Whether a member answers at an address, asked from the pod of another one. */
  reaches(from: Pick<ReplicaPod, "name" | "component">, http: string): Promise<boolean>;
};

const LABELS = {
  instance: "app.kubernetes.io/instance",
  component: "app.kubernetes.io/component",
  group: "flotilla.dev/group",
  ordinal: "apps.kubernetes.io/pod-index",
} as const;
const SOON_SECONDS = 1;
const FORBIDDEN = 403;
/** Gone already, or another one of that name. */
const NOT_THAT_ONE: readonly number[] = [404, 409];

const QUESTIONS = `
const ask = (path) => fetch("http://127.0.0.1:7400" + path, { signal: AbortSignal.timeout(8000) }).then((answer) => answer.json());
const [status, readiness, members] = await Promise.all(["/v1/status", "/readyz", "/v1/members"].map(ask));
console.log(JSON.stringify({ status, readiness, members }));`;

const reachScript = (http: string): string =>
  `await fetch(${JSON.stringify(`${http}/v1/status`)}, { signal: AbortSignal.timeout(3000) }).then((answer) => answer.json());`;

export async function openReleaseApi(namespace: string, release: string): Promise<ReleaseApi> {
  const { KubeConfig, CoreV1Api, Exec } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(CoreV1Api);
  const exec = new Exec(config);
  const labelSelector = `${LABELS.instance}=${release},${LABELS.component} in (replica,controller)`;
  return {
    namespace,
    release,
    pods: async () => (await allowed("list pods", core.listNamespacedPod({ namespace, labelSelector }))).items.flatMap(podIn),
    claim: async (name) => {
      const found = await orNull(allowed("get persistentvolumeclaims", core.readNamespacedPersistentVolumeClaim({ name, namespace })));
      return found === null ? null : claimIn(found);
    },
    volume: async (name) => {
      const found = await orNull(allowed("get persistentvolumes", core.readPersistentVolume({ name })));
      return found === null ? null : volumeIn(found);
    },
    nodes: async () => (await allowed("list nodes", core.listNode())).items.map(nodeIn),
    deleteClaim: async ({ name, uid }) => {
      const body = { preconditions: { uid } };
      await orNull(allowed("delete persistentvolumeclaims", core.deleteNamespacedPersistentVolumeClaim({ name, namespace, body })));
    },
    deletePod: async ({ name, uid }, isForced) => {
      const body = { preconditions: { uid }, gracePeriodSeconds: isForced ? 0 : SOON_SECONDS };
      await orNull(allowed("delete pods", core.deleteNamespacedPod({ name, namespace, body })));
    },
    ask: async ({ name, component }) => {
      const said = await runInPod(exec, { namespace, name, container: component }, QUESTIONS).catch(() => null);
      return said === null ? null : answersIn(said);
    },
    reaches: ({ name, component }, http) =>
      runInPod(exec, { namespace, name, container: component }, reachScript(http)).then(
        () => true,
        () => false,
      ),
  };
}

const codeOf = (error: unknown): unknown => fieldsOf(error)["code"];

/** Rights are what a person can put right. */
async function allowed<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (codeOf(error) !== FORBIDDEN) throw error;
    throw new Trouble(`your account in Kubernetes may not ${what}`, `see: kubectl auth can-i ${what}`);
  }
}

async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (NOT_THAT_ONE.includes(codeOf(error) as number)) return null;
    throw error;
  }
}

/** Exported for its test. None: a pod without a place. */
export function podIn({ metadata, spec, status }: V1Pod): readonly ReplicaPod[] {
  const labels = metadata?.labels ?? {};
  const [container] = status?.containerStatuses ?? [];
  const component = labels[LABELS.component] ?? "";
  const ordinal = Number(labels[LABELS.ordinal]);
  if (metadata?.name === undefined || !Number.isInteger(ordinal)) return [];
  const end = container?.state?.terminated ?? container?.lastState?.terminated;
  return [
    {
      ...{ name: metadata.name, uid: metadata.uid ?? "", component, ordinal },
      group: component === "controller" ? "controllers" : (labels[LABELS.group] ?? ""),
      node: spec?.nodeName ?? null,
      isRunning: container?.state?.running !== undefined,
      isLeaving: metadata.deletionTimestamp !== undefined,
      exitCode: end?.exitCode ?? null,
      isBackingOff: container?.state?.waiting?.reason === "CrashLoopBackOff",
    },
  ];
}

/** Exported for its test. */
export function claimIn({ metadata, spec }: V1PersistentVolumeClaim): Claim {
  const isLeaving = metadata?.deletionTimestamp !== undefined;
  return { name: metadata?.name ?? "", uid: metadata?.uid ?? "", isLeaving, volume: spec?.volumeName ?? null };
}

/** Exported for its test. */
export function volumeIn({ metadata, spec }: V1PersistentVolume): Volume {
  return { name: metadata?.name ?? "", terms: spec?.nodeAffinity?.required?.nodeSelectorTerms ?? null };
}

/** Exported for its test. */
export function nodeIn({ metadata, status }: V1Node): Node {
  const isReady = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;
  return { name: metadata?.name ?? "", labels: metadata?.labels ?? {}, isReady };
}

/** Exported for its test. */
export function answersIn(said: string): MemberAnswers | null {
  const fields = fieldsOf(parseJson(said));
  const [status, readiness, members] = ["status", "readiness", "members"].map((name) => fieldsOf(fields[name]));
  if (status === undefined || readiness === undefined || members === undefined || textOf(status["role"]) === null) return null;
  return { status, readiness, members };
}
