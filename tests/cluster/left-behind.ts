// What a failed case leaves to look at: what its pods said, in a folder; and its volumes, where they are. Its processes end, because the
// next case needs the processors: three releases that do nothing make a fourth one late.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./run-program.ts";

const ROOT = join(import.meta.dirname, "../../.tmp/cluster");
const LOG_LINES = 5_000;

/** Where it is. Never throws: why the case failed is what counts. */
export async function endAndKeep(namespace: string): Promise<string> {
  const directory = join(ROOT, namespace);
  mkdirSync(directory, { recursive: true });
  const keep = async (file: string, args: readonly string[]): Promise<void> =>
    writeFileSync(join(directory, file), await asked(["--namespace", namespace, ...args]));
  await keep("objects.txt", ["get", "all,pvc", "--output", "wide"]);
  await keep("pods.txt", ["describe", "pods"]);
  await keep("events.txt", ["get", "events", "--sort-by", ".lastTimestamp"]);
  const pods = (await asked(["--namespace", namespace, "get", "pods", "--output", "name"]))
    .split("\n")
    .filter((line) => line.startsWith("pod/"));
  for (const pod of pods) {
    const name = pod.replace("pod/", "");
    await keep(`${name}.log`, ["logs", name, "--timestamps", `--tail=${LOG_LINES}`]);
    await keep(`${name}.before.log`, ["logs", name, "--previous", `--tail=${LOG_LINES}`]);
  }
  await asked(["--namespace", namespace, "scale", "statefulsets,deployments", "--all", "--replicas=0"]);
  return directory;
}

/** What was said in its place where it fails. */
async function asked(args: readonly string[]): Promise<string> {
  try {
    return await runProgram("kubectl", [...args]);
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n`;
  }
}
