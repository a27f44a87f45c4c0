// Which pods sleep in diagnosticMode, and that what they run does: nothing until it is told to end, and then at once.
import { spawnSync } from "node:child_process";
import type { KubernetesObject } from "./render.ts";

type Container = { readonly command?: readonly string[] } & Readonly<Record<string, unknown>>;
type Template = { readonly spec: { readonly containers: readonly [Container] } };

/** Enough for Node to start on a machine that is busy. */
const ASLEEP_MS = 3_000;

export const onlySleep =
  (names: readonly string[]) =>
  (objects: readonly KubernetesObject[]): string | null => {
    const workloads = objects.filter(({ kind }) => kind === "StatefulSet" || kind === "Deployment");
    const sleepers = workloads.filter((workload) => containerOf(workload).command !== undefined);
    const found = sleepers.map(({ metadata }) => metadata.name).sort();
    if (found.join() !== names.join()) return `those that sleep are ${found.join()}`;
    const asked = sleepers.flatMap((sleeper) => Object.keys(containerOf(sleeper)).filter((field) => field.endsWith("Probe")));
    if (asked.some((probe) => probe !== "readinessProbe") || asked.length !== names.length) return `they are asked ${asked.join()}`;
    const programs = new Set(sleepers.map((sleeper) => JSON.stringify(containerOf(sleeper).command)));
    return [...programs].map((text) => insomnia(JSON.parse(text) as string[])).find((problem) => problem !== null) ?? null;
  };

function containerOf({ spec }: KubernetesObject): Container {
  return (spec?.["template"] as Template).spec.containers[0];
}

/** SIGTERM comes when its time is over. A first process of a container does not end of it by itself. */
function insomnia([, ...args]: readonly string[]): string | null {
  const { error, status, stderr } = spawnSync(process.execPath, args, { timeout: ASLEEP_MS, encoding: "utf8" });
  if (error === undefined) return `it ended by itself: ${stderr}`;
  return status === 0 ? null : `it does not end when it is told to: ${error.message}`;
}
