// How a release is named on the command line, and what of it is known already where a run is in a pod beside it.
import { readFileSync } from "node:fs";
import type { Environment } from "../../config.ts";
import type { Flag } from "../../grammar/command.ts";
import type { Given } from "../../grammar/given.ts";
import { Trouble } from "../../trouble.ts";
import { EXIT_CODE_OF_VERDICT } from "../verdict.ts";
import type { KubernetesOptions } from "./kubernetes-cluster.ts";
import { openPodsApi } from "./pods-api.ts";

export const KUBERNETES_FLAGS: readonly Flag[] = [
  { name: "kubernetes", kind: "switch", meaning: "break the pods of a release of the chart, instead of local processes" },
  { name: "namespace", kind: "text", value: "NAME", meaning: "of the release; without it, that of this pod, or default" },
  { name: "release", kind: "text", value: "NAME", fallback: "flotilla", meaning: "the release; no other is ever touched" },
  {
    name: "without-opt-in",
    kind: "switch",
    meaning: "break the release although its chart was not told chaos.enabled=true; only if it is yours",
  },
  {
    ...{ name: "min-age", kind: "duration", value: "TIME", fallback: 0, min: 0, max: 86_400_000 },
    meaning: "leave alone whoever has run for less, and any fault that would strike it too",
  },
  { name: "cluster-domain", kind: "text", value: "NAME", fallback: "cluster.local", meaning: "what names of Services end with" },
  {
    name: "shared",
    kind: "text",
    value: "DIR",
    meaning: "a folder that workers see too, for word counts; on Kubernetes there are none without",
  },
];

const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

export async function kubernetesOptions(
  given: Given,
  environment: Environment,
): Promise<{ readonly release: string; readonly options: KubernetesOptions }> {
  const namespace = given.text("namespace") ?? ownNamespace() ?? "default";
  const release = given.text("release") ?? "flotilla";
  try {
    const api = await openPodsApi(namespace, release);
    const clusterDomain = given.text("cluster-domain") ?? "cluster.local";
    const token = environment["FLOTILLA_TOKEN"] || null;
    const needsOptIn = !given.has("without-opt-in") && !given.has("dry-run");
    const minAgeMs = given.numberOr("min-age");
    return { release, options: { api, clusterDomain, token, shared: given.text("shared"), needsOptIn, minAgeMs } };
  } catch (error) {
    throw new Trouble(error instanceof Error ? error.message : String(error), "see: kubectl config view", EXIT_CODE_OF_VERDICT.unchecked);
  }
}

function ownNamespace(): string | null {
  try {
    return readFileSync(NAMESPACE_FILE, "utf8").trim();
  } catch {
    return null;
  }
}
