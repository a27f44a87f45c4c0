// A release of the chart in a namespace of its own, on whatever cluster kubectl points at.
import { join } from "node:path";
import { check, eventually } from "../integration/test-case.ts";
import type { RunOptions } from "./run-program.ts";
import { litterIn, objectsIn } from "./litter.ts";
import type { Component, Pod, PodObject } from "./pods.ts";
import { COMPONENTS, podIn } from "./pods.ts";
import { runProgram } from "./run-program.ts";

export type Values = Readonly<Record<string, string | number>>;

export type ReleaseOptions = {
  readonly namespace: string;
  /** As after --set. */
  readonly values?: Values;
  /** A file beside values.yaml of the chart, such as values-production.yaml. */
  readonly profile?: string;
  readonly chart?: string;
  /** What the release needs there. */
  readonly before?: (kubectl: Release["kubectl"]) => Promise<void>;
};

export type UpgradeOptions = {
  readonly chart?: string;
  readonly args?: readonly string[];
  /** When Helm gives up. */
  readonly withinMs?: number;
};

const CHART = join(import.meta.dirname, "../../charts/flotilla");
const READY_MS = 90_000;
const UPGRADE_MS = 300_000;
const TEST_MS = 180_000;
const TIDY_MS = 60_000;
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
    await options.before?.((args, settings) => release.kubectl(args, settings));
    await release.reinstall();
    return release;
  }

  /** Over whatever volumes and secrets are there; with other values beside those that it was made with. */
  async reinstall(others: Values = {}): Promise<void> {
    const { chart = CHART, profile } = this.#options;
    const values = { ...this.#options.values, ...others };
    const named = profile === undefined ? [] : ["--values", join(chart, profile)];
    const args = ["install", Release.fullname, chart, "--wait", "--timeout", `${READY_MS / 1_000}s`, ...named, ...settings(values)];
    await this.helm(args, { deadlineMs: READY_MS + 10_000 });
  }

  /** Answers once all of its pods are ready and the hooks have ended, with how long that took. */
  async upgrade(values: Values, { chart = CHART, args = [], withinMs = UPGRADE_MS }: UpgradeOptions = {}): Promise<number> {
    const all = settings({ ...this.#options.values, ...values });
    return this.#change(["upgrade", Release.fullname, chart, ...all, ...args], withinMs);
  }

  async rollback(revision: number, args: readonly string[] = []): Promise<number> {
    return this.#change(["rollback", Release.fullname, String(revision), ...args]);
  }

  async #change(args: readonly string[], withinMs = UPGRADE_MS): Promise<number> {
    const startMs = performance.now();
    // Helm gives as much to the hook before, to the pods, and to the hook after.
    await this.helm([...args, "--wait", "--timeout", `${withinMs / 1_000}s`], { deadlineMs: 3 * withinMs + 10_000 });
    return performance.now() - startMs;
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
      .map(podIn)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of all that are not on their way out. */
  async uids(): Promise<readonly string[]> {
    const pods = await Promise.all(COMPONENTS.map((component) => this.pods(component)));
    return pods.flat().map(({ uid }) => uid);
  }

  /** As a person would. Answers with how long it took until as many pods as before were ready, none of them one of these. */
  async replacePods(pods: readonly Pod[], component: Component): Promise<number> {
    const startMs = performance.now();
    const before = (await this.pods(component)).length;
    await this.kubectl(["delete", "pod", ...pods.map(({ name }) => name), "--wait=false"]);
    const gone = new Set(pods.map(({ uid }) => uid));
    const areReplaced = async (): Promise<true | null> => {
      const ready = (await this.pods(component)).filter(({ uid, isReady }) => isReady && !gone.has(uid));
      return ready.length === before ? true : null;
    };
    const names = pods.map(({ name }) => name).join(", ");
    await eventually(`others are ready in place of ${names}`, areReplaced, { deadlineMs: READY_MS, everyMs: 250 });
    return performance.now() - startMs;
  }

  /** Answers once so many pods are ready, and no more are there. */
  async untilReady(component: Component, count: number): Promise<number> {
    const startMs = performance.now();
    const areReady = async (): Promise<true | null> => {
      const pods = await this.pods(component);
      return pods.length === count && pods.every(({ isReady }) => isReady) ? true : null;
    };
    await eventually(`${count} pods of the ${component}s are ready`, areReady, { deadlineMs: UPGRADE_MS, everyMs: 250 });
    return performance.now() - startMs;
  }

  /** What a member says of itself: `GET /v1/status`, `/v1/members` or another path, asked within its pod. */
  async ask(pod: string, path: string): Promise<Readonly<Record<string, unknown>>> {
    const script = `fetch("http://127.0.0.1:7400${path}").then((r) => r.text()).then((t) => console.log(t))`;
    return JSON.parse(await this.kubectl(["exec", pod, "--", "node", "-e", script])) as Readonly<Record<string, unknown>>;
  }

  /** `helm test`; answers with what was tested. Fails with the logs of what failed. */
  async test(): Promise<string> {
    const args = ["test", Release.fullname, "--timeout", `${TEST_MS / 1_000}s`];
    const said = await this.helm(args, { deadlineMs: 3 * TEST_MS }).catch(async (error: unknown) => {
      const logs = await this.kubectl(["logs", "--selector", "app.kubernetes.io/component=test", "--prefix", "--tail", "20"]);
      throw new Error(`helm test fails:\n${logs}`, { cause: error });
    });
    const suites = [...said.matchAll(/^TEST SUITE: +(\S+)[^]*?^Phase: +(\S+)$/gm)].map(([, suite, phase]) => `${suite} ${phase}`);
    return `helm test passes: ${suites.join(", ")}`;
  }

  /** Answers once nothing but the volumes and the Secret is there. */
  async uninstall(): Promise<void> {
    await this.helm(["uninstall", Release.fullname, "--wait", "--timeout", "60s"], { deadlineMs: 70_000 });
    // Helm waits for its objects, not for what those have made.
    let litter: readonly string[] = [];
    const isTidy = async (): Promise<true | null> => {
      litter = litterIn(await objectsIn(this.namespace), Release.fullname);
      return litter.length === 0 ? true : null;
    };
    await eventually("it leaves only volumes and the Secret", isTidy, { deadlineMs: TIDY_MS, everyMs: 1_000 }).catch((error: unknown) => {
      throw new Error(`besides volumes and the Secret it leaves ${litter.join(", ")}`, { cause: error });
    });
  }

  /** With all that is in it. */
  async forget(): Promise<void> {
    check(this.namespace.startsWith("flotilla-test-"), "only a namespace that a test made is deleted");
    await runProgram("kubectl", ["delete", "namespace", this.namespace, "--wait=false"]);
  }
}

function settings(values: Values): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
}
