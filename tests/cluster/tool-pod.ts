// A pod with the command line, beside a release and not part of it: for loads, for jobs, and for what is done by hand. What it wrote last
// is kept with its status: a cluster may forget the log of a pod, even of one that goes on.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../integration/test-case.ts";
import { besideOf } from "./litter.ts";
import { Release } from "./release.ts";

export type ToolPod = {
  readonly name: string;
  readonly args: readonly string[];
  /** For Node, instead of the command line. */
  readonly program?: readonly string[];
  /** A claim, seen at /shared. */
  readonly claim?: string;
  /** Which of the release's tokens it has; the one for data, if nothing is said. */
  readonly token?: "data" | "admin" | "none";
  /** If nothing is said, that of clients whom the production profile lets in. */
  readonly labels?: Readonly<Record<string, string>>;
};

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string };
/** What images are tagged with. */
export const VERSION = version;
const ENDED_MS = 240_000;

const SECRET = `${Release.fullname}-tokens`;
const CLIENT = { "flotilla.dev/client": "true" };
const COMMAND_LINE = ["/app/cli.mjs"];
/** A module that is given as text. */
export const MODULE = ["--input-type=module", "--eval"];
const SIZE_MAX = 4_000;
/** Kubernetes keeps 4,096 bytes of it. An interrupt is for the program. */
const KEEP_LAST_WORDS = `
const child = require("node:child_process").spawn(process.execPath, process.argv.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
let said = "";
for (const from of ["stdout", "stderr"]) child[from].on("data", (bytes) => {
  process[from].write(bytes);
  said = (said + bytes).slice(-${SIZE_MAX});
});
process.on("SIGINT", () => child.kill("SIGINT"));
child.on("close", (code) => {
  require("node:fs").writeFileSync("/dev/termination-log", said);
  process.exit(code ?? 1);
});`;

export function toolPod({ name, args, program = COMMAND_LINE, claim, token = "data", labels = CLIENT }: ToolPod): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { "app.kubernetes.io/instance": besideOf(Release.fullname), ...labels } },
    spec: {
      restartPolicy: "Never",
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, fsGroup: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "tool",
          image: `flotilla-cli:${VERSION}`,
          imagePullPolicy: "IfNotPresent",
          command: ["node", "-e", KEEP_LAST_WORDS, "--", ...program],
          args,
          env: [
            ...(token === "none" ? [] : [{ name: "FLOTILLA_TOKEN", valueFrom: { secretKeyRef: { name: SECRET, key: token } } }]),
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

/** Runs it to its end; answers with what it wrote last, and fails if it failed. */
export async function runTool(release: Release, tool: ToolPod): Promise<string> {
  await release.kubectl(["apply", "--filename", "-"], { input: JSON.stringify(toolPod(tool)) });
  const { hasSucceeded, said } = await lastWords(release, tool.name, ENDED_MS);
  if (!hasSucceeded) throw new Error(`${tool.name} failed: ${said}`);
  return said;
}

export type LastWords = { readonly hasSucceeded: boolean; readonly said: string };

/** Waits for its end. */
export async function lastWords(release: Release, name: string, deadlineMs: number): Promise<LastWords> {
  const lookForEnd = async (): Promise<LastWords | null> => {
    const { status } = JSON.parse(await release.kubectl(["get", "pod", name, "--output", "json"])) as { status: PodStatus };
    if (status.phase !== "Succeeded" && status.phase !== "Failed") return null;
    return { hasSucceeded: status.phase === "Succeeded", said: status.containerStatuses?.[0]?.state.terminated?.message ?? "" };
  };
  return await eventually(`${name} has ended`, lookForEnd, { deadlineMs, everyMs: 250 });
}

type PodStatus = {
  readonly phase: string;
  readonly containerStatuses?: readonly { readonly state: { readonly terminated?: { readonly message?: string } } }[];
};
