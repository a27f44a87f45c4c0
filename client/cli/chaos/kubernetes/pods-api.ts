// What a run needs of Kubernetes, for one namespace and one release: a list of pods, an end for one of them, its claim, and a
// program run beside its process. The client for it is large, so it is loaded only where somebody asks for it.
import type { V1ConfigMap, V1Pod } from "@kubernetes/client-node";
import { lastWordsIn } from "../last-words.ts";
import { tellingWhoseFault } from "./out-of-reach.ts";
import { runInPod } from "./run-in-pod.ts";

export type Pod = {
  readonly name: string;
  readonly uid: string;
  /** replica, controller, coordinator or worker. */
  readonly component: string;
  readonly group: string | null;
  /** Of the set that it belongs to; null for pods without a place of their own. */
  readonly set: string | null;
  readonly ip: string | null;
  readonly isRunning: boolean;
  readonly isLeaving: boolean;
  readonly restarts: number;
  /** Since when its container has run, by the wall clock; null: it does not. */
  readonly startedMs: number | null;
  /** Why its container ended last, as Kubernetes says, and as it said itself. */
  readonly lastEnd: { readonly how: string; readonly words: string } | null;
};

export type PodsApi = {
  readonly namespace: string;
  readonly release: string;
  pods(): Promise<readonly Pod[]>;
  /** Only if it is still the pod that is meant. Resolves at once. */
  deletePod(pod: Pick<Pod, "name" | "uid">, graceSeconds: number | null): Promise<void>;
  /** Whether this account may evict pods. */
  readonly mayEvict: boolean;
  /** Only if it is still the pod that is meant. False: its disruption budget has no room now. */
  evictPod(pod: Pick<Pod, "name" | "uid">): Promise<boolean>;
  /** Goes when no pod uses it any more. */
  deleteClaim(name: string): Promise<void>;
  /** Whether this ConfigMap is the release's and says that it may be broken. */
  isAllowedBy(configMap: string): Promise<boolean>;
  /** Puts a text into a ConfigMap that is there for that. */
  keep(name: string, file: string, text: string): Promise<void>;
  /** Runs Node on a script in the pod's container, and throws with what it wrote if it fails. */
  runScript(pod: Pick<Pod, "name" | "component">, script: string): Promise<void>;
};

const LABELS = {
  instance: "app.kubernetes.io/instance",
  component: "app.kubernetes.io/component",
  group: "flotilla.dev/group",
  chaos: "flotilla.dev/chaos",
} as const;
const ALLOWED = "enabled";
const COMPONENTS = ["controller", "replica", "coordinator", "worker"];
/** A cluster's own namespaces, in which nothing is ever broken. */
const FORBIDDEN = /^kube-/;
/** How Kubernetes says that a disruption budget has no room. */
const TOO_MANY_REQUESTS = 429;
const NOT_FOUND = 404;

/** Throws with a reason where no cluster can be found or the namespace is not for this. */
export async function openPodsApi(namespace: string, release: string): Promise<PodsApi> {
  refuseForbidden(namespace);
  const { KubeConfig, ApiException, AuthorizationV1Api, CoreV1Api, Exec, PatchStrategy, setHeaderOptions } =
    await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(CoreV1Api);
  const exec = new Exec(config);
  const labelSelector = `${LABELS.instance}=${release},${LABELS.component} in (${COMPONENTS.join(",")})`;
  const access = { namespace, verb: "create", resource: "pods", subresource: "eviction" };
  const mayEvict = await config
    .makeApiClient(AuthorizationV1Api)
    .createSelfSubjectAccessReview({ body: { spec: { resourceAttributes: access } } })
    .then(
      ({ status }) => status?.allowed === true,
      () => false,
    );
  return tellingWhoseFault({
    namespace,
    release,
    mayEvict,
    evictPod: async ({ name, uid }) => {
      try {
        const body = { metadata: { name, namespace }, deleteOptions: { preconditions: { uid } } };
        await core.createNamespacedPodEviction({ name, namespace, body });
        return true;
      } catch (error) {
        if (error instanceof ApiException && error.code === TOO_MANY_REQUESTS) return false;
        throw error;
      }
    },
    pods: async () => (await core.listNamespacedPod({ namespace, labelSelector })).items.map(podIn),
    deletePod: async ({ name, uid }, graceSeconds) => {
      const grace = graceSeconds === null ? {} : { gracePeriodSeconds: graceSeconds };
      await core.deleteNamespacedPod({ name, namespace, body: { preconditions: { uid }, ...grace } });
    },
    deleteClaim: async (name) => {
      await core.deleteNamespacedPersistentVolumeClaim({ name, namespace });
    },
    isAllowedBy: async (name) => {
      try {
        return isAllowedIn(await core.readNamespacedConfigMap({ name, namespace }), release);
      } catch (error) {
        if (error instanceof ApiException && error.code === NOT_FOUND) return false;
        throw error;
      }
    },
    keep: async (name, file, text) => {
      const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
      await core.patchNamespacedConfigMap({ name, namespace, body: { data: { [file]: text } } }, merge);
    },
    runScript: async ({ name, component }, script) => {
      await runInPod(exec, { namespace, name, container: component }, script);
    },
  });
}

/** Exported for its test. */
export function refuseForbidden(namespace: string): void {
  if (FORBIDDEN.test(namespace)) throw new RangeError(`nothing is broken in the namespace ${namespace}`);
}

/** Exported for its test. */
export function isAllowedIn({ metadata }: Pick<V1ConfigMap, "metadata">, release: string): boolean {
  const labels = metadata?.labels ?? {};
  return labels[LABELS.chaos] === ALLOWED && labels[LABELS.instance] === release;
}

/** Exported for its test. */
export function podIn({ metadata, status }: V1Pod): Pod {
  const labels = metadata?.labels ?? {};
  const [container] = status?.containerStatuses ?? [];
  const owner = metadata?.ownerReferences?.find(({ kind }) => kind === "StatefulSet");
  const end = container?.lastState?.terminated;
  return {
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    component: labels[LABELS.component] ?? "",
    group: labels[LABELS.group] ?? null,
    set: owner?.name ?? null,
    ip: status?.podIP ?? null,
    isRunning: container?.state?.running !== undefined && container.state.running !== null,
    isLeaving: metadata?.deletionTimestamp !== undefined,
    restarts: container?.restartCount ?? 0,
    startedMs: container?.state?.running?.startedAt?.getTime() ?? null,
    lastEnd:
      end === undefined ? null : { how: `${end.reason ?? "ended"}, exit code ${end.exitCode}`, words: lastWordsIn(end.message ?? "") },
  };
}
