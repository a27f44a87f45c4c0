// What an uninstall leaves behind, of whatever kind: everything in the namespace is looked at, whatever its labels say.
import { runProgram } from "./run-program.ts";

export type Found = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
};

/** The cluster's own records, which come and go by themselves. */
const RECORDS = ["events", "events.events.k8s.io", "leases.coordination.k8s.io", "pods.metrics.k8s.io"];
/** What a namespace has from the beginning. */
const OF_ANY_NAMESPACE = ["ConfigMap/kube-root-ca.crt", "ServiceAccount/default"];

/** Everything in a namespace, of every kind that can be listed. */
export async function objectsIn(namespace: string): Promise<readonly Found[]> {
  const listable = ["api-resources", "--namespaced", "--verbs=list", "--output=name"];
  const kinds = (await runProgram("kubectl", listable)).split("\n").filter((kind) => kind !== "" && !RECORDS.includes(kind));
  const list = ["get", kinds.join(","), "--namespace", namespace, "--ignore-not-found", "--output=json"];
  const text = await runProgram("kubectl", list);
  return text.trim() === "" ? [] : (JSON.parse(text) as { readonly items: readonly Found[] }).items;
}

/** Pure. What an uninstall should have taken: all that is left but what a person would miss. */
export function litterIn(objects: readonly Found[], fullname: string): readonly string[] {
  const kept = keptIn(objects, fullname);
  return leftIn(objects, fullname).filter((name) => !kept.includes(name));
}

/** Pure. What a person would miss: the volumes of members and of backups, and the Secret. */
export function keptIn(objects: readonly Found[], fullname: string): readonly string[] {
  const volume = new RegExp(`^PersistentVolumeClaim/(data-${fullname}-(controller|replica-[0-9]+)-[0-9]+|${fullname}-backup)$`);
  return leftIn(objects, fullname).filter((name) => volume.test(name) || name === `Secret/${fullname}-tokens`);
}

/** Pure. All but what the namespace has anyway, and what a test has put beside the release. */
export function leftIn(objects: readonly Found[], fullname: string): readonly string[] {
  return objects
    .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/instance"] !== besideOf(fullname))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .filter((name) => !OF_ANY_NAMESPACE.includes(name));
}

/** The instance that pods and claims are labelled with which a test puts beside a release. */
export const besideOf = (fullname: string): string => `${fullname}-load`;
