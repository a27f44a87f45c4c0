// What a coordinator is told from outside: environment variables, read once, then frozen. README.md lists them; a test compares.
import type { ServiceConfig } from "../../runtime/settings/service-settings.ts";
import { SERVICE_SETTINGS, serviceConfig } from "../../runtime/settings/service-settings.ts";
import type { Environment, Setting } from "../../runtime/settings/settings.ts";
import { check, numberSetting, originIn, setting, settingsReader } from "../../runtime/settings/settings.ts";

export const SERVICE = { name: "coordinator", version: "0.1.0" } as const;

/** The only place that reads it. */
export const environment: Environment = process.env;

export type CoordinatorConfig = ServiceConfig & {
  /** Replicas, any of any groups. */
  readonly store: readonly string[];
  /** Of all files of the embedded store together. */
  readonly filesBytesMax: number;
  /** Jobs that have ended stay so long, and so many of them. */
  readonly keptJobs: number;
  readonly keptJobsMs: number;
};

/** In the order in which they are documented. */
export const SETTINGS = {
  store: setting("FLOTILLA_STORE", null, "replicas of any groups, `http://host:port`, separated by commas; one that runs is enough"),
  filesBytesMax: numberSetting(
    "FLOTILLA_FILES_BYTES_MAX",
    268_435_456,
    "what the embedded file store holds at most, with uploads and what was replaced less than ten minutes ago; workers need the same value",
  ),
  keptJobs: numberSetting("FLOTILLA_KEPT_JOBS", 1_000, "so many jobs that have ended are kept, the latest ones"),
  keptJobsMs: numberSetting("FLOTILLA_KEPT_JOBS_MS", 604_800_000, "a job that has ended is forgotten after this"),
  ...SERVICE_SETTINGS,
} as const satisfies Record<string, Setting>;

export function coordinatorConfig(environment: Environment): CoordinatorConfig {
  const read = settingsReader(environment);
  const store = read.list(SETTINGS.store).map((each) => originIn(SETTINGS.store, each));
  check(store.length > 0, SETTINGS.store, "names nobody");
  return Object.freeze({
    ...serviceConfig(read),
    store,
    filesBytesMax: read.count(SETTINGS.filesBytesMax),
    keptJobs: read.count(SETTINGS.keptJobs),
    keptJobsMs: read.count(SETTINGS.keptJobsMs),
  });
}
