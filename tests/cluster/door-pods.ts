// Pods that belong to nobody: each has a door that is open to whoever gets there, and may be asked to try the doors of others.
import type { Namespace } from "./asked-by-pods.ts";
import { MODULE, toolPod } from "./tool-pod.ts";

export const DOOR_PORT = 8_080;

const READY_MS = 60_000;
const DOOR = `
import { createServer } from "node:net";
createServer((socket) => socket.end()).listen(${DOOR_PORT});
`;

/** By their names, with the labels of each. Answers once they run. */
export async function startDoors(namespace: Namespace, doors: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
  const items = Object.entries(doors).map(([name, labels]) => toolPod({ name, labels, program: MODULE, args: [DOOR], token: "none" }));
  await namespace.kubectl(["apply", "--filename", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });
  const ready = ["wait", "--for=condition=Ready", ...Object.keys(doors).map((name) => `pod/${name}`), `--timeout=${READY_MS / 1_000}s`];
  await namespace.kubectl(ready, { deadlineMs: READY_MS + 5_000 });
}

export async function addressOf(namespace: Namespace, pod: string): Promise<string> {
  return namespace.kubectl(["get", "pod", pod, "--output", "jsonpath={.status.podIP}"]);
}
