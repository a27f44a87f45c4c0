// What a worker is told from outside: environment variables, read once, then frozen. README.md lists them; a test compares.
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { ServiceConfig } from "../../runtime/settings/service-settings.ts";
import { originIn, SERVICE_SETTINGS, serviceConfig } from "../../runtime/settings/service-settings.ts";
import type { Environment, Setting } from "../../runtime/settings/settings.ts";
import { check, setting, settingsReader } from "../../runtime/settings/settings.ts";

export const SERVICE = { name: "worker", version: "0.1.0" } as const;

/** The only place that reads it. */
export const environment: Environment = process.env;

export type WorkerConfig = ServiceConfig & {
  readonly coordinators: readonly string[];
  readonly dataDir: string;
  readonly slots: number;
  /** What `file:` may reach. */
  readonly fileRoots: readonly string[];
  /** What `http:` and `https:` may reach. */
  readonly httpHosts: readonly string[];
  readonly trustsJobs: boolean;
  /** The machine that it runs on, as inputs name it. */
  readonly node: string | null;
};

const SLOTS_MAX = 1_024;

/** In the order in which they are documented. */
export const SETTINGS = {
  coordinators: setting("FLOTILLA_COORDINATORS", null, "coordinators, `http://host:port`, separated by commas; one that runs is enough"),
  dataDir: setting("FLOTILLA_DATA_DIR", null, "the directory for map outputs and what else this worker keeps; nobody else's"),
  slots: setting("FLOTILLA_TASK_SLOTS", "", "how many tasks run at once; if empty, as many as there are CPUs"),
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
    fileRoots: read.list(SETTINGS.fileRoots).map((each) => resolve(each)),
    httpHosts: read.list(SETTINGS.httpHosts),
    trustsJobs: read.oneOf(SETTINGS.trustsJobs, ["0", "1"]) === "1",
    node: node === "" ? null : node,
  });
}
