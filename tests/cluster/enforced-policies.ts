// Whether the cluster enforces NetworkPolicies: many a network takes them and lets everything through. Tried on two pods in a namespace of
// their own, one of which nobody may reach any more.
import { randomBytes } from "node:crypto";
import { BrokenPromise, eventually } from "../integration/test-case.ts";
import type { Namespace } from "./asked-by-pods.ts";
import { reaches } from "./asked-by-pods.ts";
import { Skipped } from "./cluster-case.ts";
import { addressOf, DOOR_PORT, startDoors } from "./door-pods.ts";
import { runProgram } from "./run-program.ts";

const OPEN_MS = 30_000;
/** Whoever watches policies hears of a new one within seconds. */
const CLOSED_MS = 30_000;
const EVERY_MS = 1_000;

const DENY_ALL = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "deny-all" },
  spec: { podSelector: { matchLabels: { door: "closed" } }, policyTypes: ["Ingress"] },
};

/** Fails as skipped where it does not. */
export async function needEnforcedPolicies(): Promise<void> {
  const name = `flotilla-test-${randomBytes(3).toString("hex")}`;
  const namespace: Namespace = { kubectl: (args, options) => runProgram("kubectl", ["--namespace", name, ...args], options) };
  await runProgram("kubectl", ["create", "namespace", name]);
  try {
    await startDoors(namespace, { asker: {}, asked: { door: "closed" } });
    const address = { host: await addressOf(namespace, "asked"), port: DOOR_PORT };
    const isOpen = (): Promise<boolean> => reaches(namespace, "asker", address);
    await eventually("one pod reaches another", async () => ((await isOpen()) ? true : null), { deadlineMs: OPEN_MS, everyMs: EVERY_MS });
    await namespace.kubectl(["apply", "--filename", "-"], { input: JSON.stringify(DENY_ALL) });
    if (!(await closes(isOpen))) throw new Skipped("the cluster takes NetworkPolicies and does not enforce them");
  } finally {
    await runProgram("kubectl", ["delete", "namespace", name, "--wait=false"]);
  }
}

async function closes(isOpen: () => Promise<boolean>): Promise<boolean> {
  const look = async (): Promise<true | null> => ((await isOpen()) ? null : true);
  return eventually("nobody reaches it", look, { deadlineMs: CLOSED_MS, everyMs: EVERY_MS }).catch((error: unknown) => {
    if (error instanceof BrokenPromise) return false;
    throw error;
  });
}
