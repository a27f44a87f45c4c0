// The chart as Helm renders it, without a cluster: objects, or the words with which it refuses.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
};

export type Rendered =
  | { readonly kind: "objects"; readonly text: string; readonly objects: readonly KubernetesObject[] }
  | { readonly kind: "refused"; readonly why: string };

export const CHART = join(import.meta.dirname, "../../charts/flotilla");
const KUBERNETES = "1.34.0";

/** Null: Helm is there. */
export function whatIsMissing(): string | null {
  if (spawnSync("helm", ["version"]).error === undefined) return null;
  return "helm can't be found: https://helm.sh/docs/intro/install/";
}

export function render(args: readonly string[], chart = CHART): Rendered {
  const all = ["template", "flotilla", chart, "--namespace", "default", "--kube-version", KUBERNETES, ...args];
  const { status, stdout, stderr } = spawnSync("helm", all, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) return { kind: "refused", why: stderr };
  return { kind: "objects", text: stdout, objects: objectsIn(stdout) };
}

export function objectsIn(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(document.errors[0]?.message);
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

export function lint(args: readonly string[]): string | null {
  const { status, stdout, stderr } = spawnSync("helm", ["lint", "--strict", CHART, "--kube-version", KUBERNETES, ...args], {
    encoding: "utf8",
  });
  return status === 0 ? null : `${stdout}${stderr}`;
}
