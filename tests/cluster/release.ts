// A release of the chart in a namespace of its own, on whatever cluster kubectl points at.
import { join } from "node:path";
import { check, eventually } from "../integration/test-case.ts";
import type { RunOptions } from "./run-program.ts";
import { runProgram } from "./run-program.ts";

export type Component = "replica" | "controller";

export type ReleaseOptions = {
  readonly namespace: string;
  /** As after --set. */
  readonly values?: Readonly<Record<string, string | number>>;
  readonly chart?: string;
};

export type Pod = { readonly name: string; readonly uid: string; readonly node: string; readonly isReady: boolean };

type PodObject = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
};

const CHART = join(import.meta.dirname, "../../charts/flotilla");
const READY_MS = 90_000;
const RESTRICTED = "pod-security.kubernetes.io/enforce=restricted";

export class Release {
  static readonly fullname = "flotilla";
  readonly namespace: string;
  readonly #options: ReleaseOptions;

  private constructor(options: ReleaseOptions) {
    this.namespace = options.namespace;
    this.#options = options;
  }

  /** Answers once all of its pods are ready. */
  static async install(options: ReleaseOptions): Promise<Release> {
    const release = new Release(options);
    await runProgram("kubectl", ["create", "namespace", options.namespace]);
    // Whatever the cluster's default is: no pod of ours may need more than this.
    await runProgram("kubectl", ["label", "namespace", options.namespace, RESTRICTED]);
    await release.reinstall();
    return release;
  }

  /** Over whatever volumes and secrets are there. */
  async reinstall(): Promise<void> {
    const { chart = CHART, values = {} } = this.#options;
    const settings = Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const args = ["install", Release.fullname, chart, "--wait", "--timeout", `${READY_MS / 1_000}s`, ...settings];
    await this.helm(args, { deadlineMs: READY_MS + 10_000 });
  }

  kubectl(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return runProgram("kubectl", ["--namespace", this.namespace, ...args], options);
  }

  helm(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return runProgram("helm", ["--namespace", this.namespace, ...args], options);
  }

  /** Those that are not on their way out, by name. */
  async pods(component: Component): Promise<readonly Pod[]> {
    const labels = `app.kubernetes.io/instance=${Release.fullname},app.kubernetes.io/component=${component}`;
    const { items } = JSON.parse(await this.kubectl(["get", "pods", "--selector", labels, "--output", "json"])) as { items: PodObject[] };
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata, spec, status }) => ({
        name: metadata.name,
        uid: metadata.uid,
        node: spec.nodeName ?? "",
        isReady: status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true,
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** As a person would. Answers with how long it took until another pod of its name was ready. */
  async replacePod({ name, uid }: Pod, component: Component): Promise<number> {
    const startMs = performance.now();
    await this.kubectl(["delete", "pod", name, "--wait=false"]);
    const isReplaced = async (): Promise<true | null> => {
      const successor = (await this.pods(component)).find((pod) => pod.name === name);
      return successor !== undefined && successor.uid !== uid && successor.isReady ? true : null;
    };
    await eventually(`another ${name} is ready`, isReplaced, { deadlineMs: READY_MS, everyMs: 250 });
    return performance.now() - startMs;
  }

  /** What is left of it, as `kind/name`. */
  async leftovers(): Promise<readonly string[]> {
    const kinds = "statefulsets,deployments,services,pods,persistentvolumeclaims,secrets,configmaps,poddisruptionbudgets,serviceaccounts";
    const text = await this.kubectl(["get", kinds, "--selector", `app.kubernetes.io/instance=${Release.fullname}`, "--output", "name"]);
    return text.split("\n").filter((line) => line !== "");
  }

  async uninstall(): Promise<void> {
    await this.helm(["uninstall", Release.fullname, "--wait", "--timeout", "60s"], { deadlineMs: 70_000 });
  }

  /** With all that is in it. */
  async forget(): Promise<void> {
    check(this.namespace.startsWith("flotilla-test-"), "only a namespace that a test made is deleted");
    await runProgram("kubectl", ["delete", "namespace", this.namespace, "--wait=false"]);
  }
}
