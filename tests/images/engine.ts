// The container engine, by its command line: containers that may do nothing that the chart's pods may not, with a name of this run.
import { ProgramFailed, runProgram } from "../cluster/run-program.ts";
import type { ImageConfig, ImageFile } from "./image-rules.ts";

export type Container = {
  readonly name: string;
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** On loopback of this machine, to the client port. */
  readonly port?: number;
  readonly network?: string;
  /** Its name there. */
  readonly host?: string;
};

/** As charts/flotilla gives them, and folders to write to where it mounts volumes. */
const RESTRICTED = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/data", "--tmpfs", "/tmp"];
const NOT_FOUND = /executable file not found|no such file or directory/;

export const docker = (args: readonly string[]): Promise<string> => runProgram("docker", args);

export async function start({ name, image, environment = {}, port, network, host }: Container): Promise<void> {
  const place = [
    ...(network === undefined ? [] : ["--network", network]),
    ...(host === undefined ? [] : ["--network-alias", host]),
    ...(port === undefined ? [] : ["--publish", `127.0.0.1:${port}:7400`]),
  ];
  const variables = Object.entries(environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
  await docker(["run", "--detach", "--name", name, ...RESTRICTED, ...place, ...variables, image]);
}

/** Runs it to its end, beside others; answers with what it wrote. */
export async function runOnce(image: string, args: readonly string[], network: string): Promise<string> {
  return docker(["run", "--rm", ...RESTRICTED, "--network", network, image, ...args]);
}

/** What a container of it answers when it is told to begin with another program. */
export async function hasProgram(image: string, program: string): Promise<boolean> {
  try {
    await docker(["run", "--rm", ...RESTRICTED, "--entrypoint", program, image, "--version"]);
    return true;
  } catch (error) {
    if (error instanceof ProgramFailed && NOT_FOUND.test(error.message)) return false;
    throw error;
  }
}

export type Inspected = { readonly bytes: number; readonly config: ImageConfig };

export async function inspectImage(image: string): Promise<Inspected> {
  const [found] = JSON.parse(await docker(["image", "inspect", image])) as [{ Size: number; Config: ImageConfig }];
  return { bytes: found.Size, config: found.Config };
}

export type ContainerState = { readonly startedMs: number; readonly finishedMs: number; readonly exitCode: number };

export async function inspectContainer(name: string): Promise<ContainerState> {
  const [found] = JSON.parse(await docker(["container", "inspect", name])) as [
    { State: { StartedAt: string; FinishedAt: string; ExitCode: number } },
  ];
  const { StartedAt, FinishedAt, ExitCode } = found.State;
  return { startedMs: Date.parse(StartedAt), finishedMs: Date.parse(FinishedAt), exitCode: ExitCode };
}

/** What an expression is worth that Node evaluates beside the process of a container. */
export async function ask<T>(name: string, expression: string): Promise<T> {
  const script = `console.log(JSON.stringify(await (${expression})))`;
  return JSON.parse(await docker(["exec", name, "node", "--input-type=module", "--eval", script])) as T;
}

/** Everything in its root, but for what the kernel shows. */
export async function filesOf(image: string): Promise<readonly ImageFile[]> {
  const run = ["run", "--rm", "--read-only", "--network", "none", "--entrypoint", "node", image, "-p", LIST_FILES];
  return JSON.parse(await docker(run)) as readonly ImageFile[];
}

const LIST_FILES = `JSON.stringify((function list(folder) {
  return fs.readdirSync(folder || "/").filter((name) => !(folder === "" && ["proc", "sys", "dev"].includes(name))).flatMap((name) => {
    const path = folder + "/" + name;
    const stat = fs.lstatSync(path);
    const kind = stat.isDirectory() ? "folder" : stat.isFile() ? "file" : stat.isSymbolicLink() ? "link" : "other";
    const entry = { path, kind, mode: stat.mode & 0o7777, owner: stat.uid, bytes: stat.size };
    return kind === "folder" ? [entry, ...list(path)] : [entry];
  });
})(""))`;
