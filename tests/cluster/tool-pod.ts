// A pod with the command line, beside a release and not part of it: for loads, for jobs, and for what is done by hand.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../integration/test-case.ts";
import { Release } from "./release.ts";

export type ToolPod = {
  readonly name: string;
  readonly args: readonly string[];
  /** Instead of the command line. */
  readonly command?: readonly string[];
  /** A claim, seen at /shared. */
  readonly claim?: string;
};

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string };
const ENDED_MS = 240_000;

export function toolPod({ name, args, command, claim }: ToolPod): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { "app.kubernetes.io/instance": `${Release.fullname}-load` } },
    spec: {
      restartPolicy: "Never",
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, fsGroup: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "tool",
          image: `flotilla-cli:${version}`,
          imagePullPolicy: "IfNotPresent",
          ...(command === undefined ? {} : { command }),
          args,
          env: [
            { name: "FLOTILLA_TOKEN", valueFrom: { secretKeyRef: { name: `${Release.fullname}-tokens`, key: "data" } } },
            { name: "TMPDIR", value: "/tmp" },
          ],
          resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "1Gi" } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
          volumeMounts: [
            { name: "scratch", mountPath: "/tmp" },
            ...(claim === undefined ? [] : [{ name: "shared", mountPath: "/shared" }]),
          ],
        },
      ],
      volumes: [
        { name: "scratch", emptyDir: {} },
        ...(claim === undefined ? [] : [{ name: "shared", persistentVolumeClaim: { claimName: claim } }]),
      ],
    },
  };
}

/** Runs it to its end; answers with what it wrote, and fails if it failed. */
export async function runTool(release: Release, tool: ToolPod): Promise<string> {
  await release.kubectl(["apply", "--filename", "-"], { input: JSON.stringify(toolPod(tool)) });
  const phase = await eventually(
    `${tool.name} has ended`,
    async () => {
      const now = await release.kubectl(["get", "pod", tool.name, "--output", "jsonpath={.status.phase}"]);
      return now === "Succeeded" || now === "Failed" ? now : null;
    },
    { deadlineMs: ENDED_MS, everyMs: 250 },
  );
  const log = await release.kubectl(["logs", tool.name]);
  if (phase !== "Succeeded") throw new Error(`${tool.name} failed: ${log.slice(-2_000)}`);
  return log;
}
