// What a worker is told from outside: environment variables, read once, then frozen. README.md lists them; a test compares.
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { S3Settings } from "../../runtime/files/s3/s3-client.ts";
import { memoryHere } from "../../runtime/memory-limit.ts";
import { S3_SETTINGS, s3SettingsIn } from "../../runtime/settings/s3-settings.ts";
import type { ServiceConfig } from "../../runtime/settings/service-settings.ts";
import { SERVICE_SETTINGS, serviceConfig } from "../../runtime/settings/service-settings.ts";
import type { Environment, Setting, SettingsReader } from "../../runtime/settings/settings.ts";
import { check, numberSetting, originIn, setting, settingsReader } from "../../runtime/settings/settings.ts";

export const SERVICE = { name: "worker", version: "0.1.0" } as const;

/** The only place that reads it. */
export const environment: Environment = process.env;

/**
 * Of the processes in which tasks run, where job code may see it: nothing of this one's but where Node keeps what it has compiled. Without
 * that a start of one of them is three times the work.
 */
export function taskEnvironment({ NODE_COMPILE_CACHE }: Environment): Readonly<Record<string, string>> {
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}

export type WorkerConfig = ServiceConfig & {
  readonly coordinators: readonly string[];
  readonly dataDir: string;
  readonly slots: number;
  /** What all tasks together may use. */
  readonly taskMemoryBytes: number;
  /** What `file:` may reach. */
  readonly fileRoots: readonly string[];
  /** What `http:` and `https:` may reach. */
  readonly httpHosts: readonly string[];
  /** What `s3:` reaches, and as whom; null: nothing. */
  readonly s3: S3Settings | null;
  /** Replicas, for `kv:` and `files:`. */
  readonly store: readonly string[];
  readonly filesBytesMax: number;
  readonly trustsJobs: boolean;
  /** The machine that it runs on, as inputs name it. */
  readonly node: string | null;
};

const SLOTS_MAX = 1_024;
/** What the worker itself uses. */
const OWN_BYTES = 128 << 20;

/** In the order in which they are documented. */
export const SETTINGS = {
  coordinators: setting("FLOTILLA_COORDINATORS", null, "coordinators, `http://host:port`, separated by commas; one that runs is enough"),
  dataDir: setting("FLOTILLA_DATA_DIR", null, "the directory for map outputs and what else this worker keeps; nobody else's"),
  slots: setting("FLOTILLA_TASK_SLOTS", "", "how many tasks run at once; if empty, as many as there are CPUs"),
  taskMemoryBytes: setting(
    "FLOTILLA_TASK_MEMORY_BYTES",
    "",
    "what the processes of all tasks together may use; if empty, what the container or the machine has, but for 128 MiB",
  ),
  fileRoots: setting(
    "FLOTILLA_FILE_ROOTS",
    "",
    "the folders below which `file:` inputs and outputs may lie, separated by commas; if empty, none",
  ),
  httpHosts: setting(
    "FLOTILLA_HTTP_INPUTS",
    "",
    "the hosts that `http:` and `https:` inputs may name, `name`, `name:port` or `.domain`, separated by commas; if empty, none",
  ),
  store: setting(
    "FLOTILLA_STORE",
    "",
    "replicas of any groups, `http://host:port`, separated by commas, for `kv:` and `files:` inputs and outputs; if empty, there are none",
  ),
  filesBytesMax: numberSetting(
    "FLOTILLA_FILES_BYTES_MAX",
    268_435_456,
    "what the embedded file store holds at most, with uploads and what was replaced less than ten minutes ago; coordinators need the same value",
  ),
  ...S3_SETTINGS,
  trustsJobs: setting("FLOTILLA_TRUSTED_JOBS", "0", "1: job code may run without isolation, where its job asks for that"),
  node: setting("FLOTILLA_NODE", "", "the machine's name, for inputs that lie near some machines"),
  ...SERVICE_SETTINGS,
} as const satisfies Record<string, Setting>;

export function workerConfig(environment: Environment): WorkerConfig {
  const read = settingsReader(environment);
  const coordinators = read.list(SETTINGS.coordinators).map((each) => originIn(SETTINGS.coordinators, each));
  check(coordinators.length > 0, SETTINGS.coordinators, "names nobody");
  const node = read.text(SETTINGS.node);
  return Object.freeze({
    ...serviceConfig(read),
    coordinators,
    dataDir: resolve(read.text(SETTINGS.dataDir)),
    slots: read.text(SETTINGS.slots) === "" ? availableParallelism() : read.whole(SETTINGS.slots, { min: 1, max: SLOTS_MAX }),
    taskMemoryBytes: taskMemory(read),
    fileRoots: read.list(SETTINGS.fileRoots).map((each) => resolve(each)),
    httpHosts: read.list(SETTINGS.httpHosts),
    store: read.list(SETTINGS.store).map((each) => originIn(SETTINGS.store, each)),
    filesBytesMax: read.count(SETTINGS.filesBytesMax),
    s3: s3SettingsIn(read),
    trustsJobs: read.oneOf(SETTINGS.trustsJobs, ["0", "1"]) === "1",
    node: node === "" ? null : node,
  });
}

function taskMemory(read: SettingsReader): number {
  if (read.text(SETTINGS.taskMemoryBytes) !== "") return read.count(SETTINGS.taskMemoryBytes);
  return Math.max(0, memoryHere() - OWN_BYTES);
}
