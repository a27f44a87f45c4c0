// From a directory to a running cluster: one launcher for each directory, leftovers of one that was killed are ended first,
// and what the directory was begun with is continued.
import { randomUUID } from "node:crypto";
import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileLock } from "../../../runtime/disk/file-port.ts";
import { lockDirectory } from "../../../runtime/disk/files/process-lock.ts";
import { memoryHere } from "../../../runtime/memory-limit.ts";
import { fieldsOf, parseJson, textOf } from "../json.ts";
import { Trouble } from "../trouble.ts";
import type { ClusterFile } from "./cluster-file.ts";
import { markIn, readClusterFile, writeClusterFile } from "./cluster-file.ts";
import type { ClusterSize } from "./local-plan.ts";
import { planCluster, sizeOf, whyNotContinue } from "./local-plan.ts";
import { checkPorts } from "./ports.ts";
import { endMarked, isAlive } from "./process-mark.ts";
import type { ProcessMark } from "./process-mark.ts";
import type { SupervisorOptions } from "./supervisor.ts";
import { Supervisor } from "./supervisor.ts";
import { keepTokens } from "./tokens-file.ts";
import { makeDirectory } from "./make-directory.ts";

export type LaunchOptions = Pick<SupervisorOptions, "programs" | "environment" | "restarts" | "onEnded" | "onUnwritten"> & {
  readonly directory: string;
  /** What was asked for; what was not is as the directory has it. */
  readonly size: Partial<ClusterSize>;
  readonly defaultSize: ClusterSize;
  readonly port: number | null;
  readonly defaultPort: number;
  readonly tell: (line: string) => void;
  /** Beside the usual ones, or the given ones: what jobs may read and write. */
  readonly moreRoots?: readonly string[];
};

export type Launched = {
  readonly supervisor: Supervisor;
  readonly size: ClusterSize;
  readonly isNew: boolean;
  /** The groups that the directory did not have before. */
  readonly newGroups: readonly string[];
  /** Lets the next launcher in. */
  readonly release: () => Promise<void>;
};

const LEFTOVERS_MS = 15_000;

export async function launch(options: LaunchOptions): Promise<Launched> {
  const { directory, tell, defaultSize } = options;
  prepareDirectory(directory);
  const held = await lock(directory);
  const known = readClusterFile(directory);
  const leftovers = known === null ? [] : livingIn(known);
  const knownSize = known === null ? null : sizeOf(known.processes);
  const size = { ...defaultSize, ...knownSize, ...options.size };
  const whyNot = knownSize === null ? null : whyNotContinue(knownSize, size);
  if (whyNot !== null)
    throw new Trouble(`${directory} ${whyNot}`, "leave the size out to continue it, or choose another directory with --data");
  if (leftovers.length > 0) {
    tell(`A launcher was killed here; ${leftovers.length} of its processes still run. They are ended, and started again.`);
    await endMarked(leftovers, LEFTOVERS_MS);
  }
  const clusterId = known?.clusterId ?? clusterOfMembers(directory) ?? randomUUID();
  const firstPort = options.port ?? known?.firstPort ?? options.defaultPort;
  const given = options.environment["FLOTILLA_FILE_ROOTS"] ?? "";
  const fileRoots = [...(given === "" ? [process.cwd(), directory, tmpdir()] : given.split(",")), ...(options.moreRoots ?? [])];
  const memoryBytes = (options.environment["FLOTILLA_TASK_MEMORY_BYTES"] ?? "") === "" ? memoryHere() : null;
  const processes = planCluster({ size, directory, firstPort, clusterId, fileRoots, memoryBytes, known: known?.processes ?? [] });
  await checkPorts(
    processes,
    `see who uses it (lsof -i, ss -ltnp), or choose ${known === null ? "" : "other data and "}other ports: ${known === null ? "" : "--data DIR "}--port N`,
  );
  const { data, admin } = keepTokens(directory);
  const { programs, restarts, onEnded, onUnwritten } = options;
  // Data needs none on loopback; the administrator's calls need theirs.
  const environment = { FLOTILLA_DATA_TOKEN: data, FLOTILLA_ADMIN_TOKEN: admin, ...options.environment };
  const supervisor = new Supervisor({ directory, clusterId, firstPort, processes, programs, environment, restarts, onEnded, onUnwritten });
  const before = new Set(known?.processes.map(({ group }) => group));
  const newGroups = known === null ? [] : [...new Set(processes.map(({ group }) => group))].filter((group) => !before.has(group));
  const release = (): Promise<void> => new Promise((resolve) => held.release(() => resolve()));
  return { supervisor, size, isNew: known === null, newGroups, release };
}

/** Ends whatever of a directory runs without a launcher, and says so in cluster.json. */
export async function endLeftovers(directory: string, cluster: ClusterFile): Promise<number> {
  const living = livingIn(cluster);
  await endMarked(living, LEFTOVERS_MS);
  const processes = cluster.processes.map((process) => ({ ...process, pid: null, began: null }));
  writeClusterFile(directory, { ...cluster, launcher: null, processes });
  return living.length;
}

function livingIn({ processes }: ClusterFile): readonly ProcessMark[] {
  return processes.flatMap((process) => markIn(process) ?? []).filter(isAlive);
}

/** Throws what a person can put right. */
export function prepareDirectory(directory: string): void {
  try {
    makeDirectory(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = {
      EACCES: "is not ours to write to",
      EROFS: "is on a disk that can't be written to",
      ENOTDIR: "is no directory",
      ENOENT: "can't be made there",
    };
    throw new Trouble(`${directory} ${why[code as keyof typeof why] ?? `can't be used (${code})`}`, "choose another with --data DIR");
  }
}

/** Held until this process ends, however it does. */
function lock(directory: string): Promise<FileLock> {
  return new Promise((resolve, reject) => {
    lockDirectory(directory, (error, lock) => {
      if (error === null) return resolve(lock);
      if (error.code !== "ELOCKED")
        return reject(new Trouble(`${directory} can't be locked (${error.code})`, "choose another with --data DIR"));
      const pid = /process (\d+)/.exec(error.detail ?? "")?.[1] ?? "";
      reject(
        new AlreadyRuns(`a cluster runs on ${directory} already (launcher ${pid})`, "look at it: flotilla status; end it: flotilla down"),
      );
    });
  });
}

export class AlreadyRuns extends Trouble {
  override readonly name = "AlreadyRuns";
  static readonly CODE = 4;

  constructor(message: string, next: string) {
    super(message, next, AlreadyRuns.CODE);
  }
}

/** Where cluster.json is lost but members are not, they say which cluster they belong to. */
function clusterOfMembers(directory: string): string | null {
  for (const name of readdirSync(directory)) {
    try {
      const [line = ""] = readFileSync(join(directory, name, "identity.json"), "utf8").split("\n");
      const cluster = textOf(fieldsOf(fieldsOf(parseJson(line))["identity"])["cluster"]);
      if (cluster !== null) return cluster;
    } catch {
      // Not a member's directory.
    }
  }
  return null;
}
