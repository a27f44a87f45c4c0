// Node on a script, beside the process in a pod's container: what `kubectl exec` does.
import { PassThrough } from "node:stream";
import type { Exec, V1Status } from "@kubernetes/client-node";

export type InPod = { readonly namespace: string; readonly name: string; readonly container: string };

const EXEC_MS = 15_000;

/** Answers with what it wrote, and throws with that if it failed. */
export async function runInPod(exec: Exec, { namespace, name, container }: InPod, script: string): Promise<string> {
  const said = new PassThrough();
  const text: string[] = [];
  said.on("data", (chunk: Buffer) => text.push(chunk.toString()));
  let onStatus: (status: V1Status) => void = () => undefined;
  const ended = new Promise<V1Status>((resolve) => (onStatus = resolve));
  const command = ["node", "--input-type=module", "--eval", script];
  const timer = setTimeout(() => onStatus({ status: "Failure", message: `no end within ${EXEC_MS / 1_000} s` }), EXEC_MS);
  const begun = exec.exec(namespace, name, container, command, said, said, null, false, (status) => onStatus(status));
  begun.then(
    (socket) => socket.addEventListener("close", () => onStatus({ status: "Failure", message: "the connection was lost" })),
    (error: unknown) => onStatus({ status: "Failure", message: error instanceof Error ? error.message : "it could not be begun" }),
  );
  const status = await ended;
  clearTimeout(timer);
  begun.then(
    (socket) => socket.close(),
    () => undefined,
  );
  if (status.status !== "Success") throw new Error(`${name}: ${text.join("").trim() || (status.message ?? "failed")}`);
  return text.join("");
}
