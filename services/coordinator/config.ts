// What a coordinator is told from outside: environment variables, read once, then frozen. README.md lists them; a test compares.
import type { ServiceConfig } from "../../runtime/settings/service-settings.ts";
import { originIn, SERVICE_SETTINGS, serviceConfig } from "../../runtime/settings/service-settings.ts";
import type { Environment, Setting } from "../../runtime/settings/settings.ts";
import { check, setting, settingsReader } from "../../runtime/settings/settings.ts";

export const SERVICE = { name: "coordinator", version: "0.1.0" } as const;

/** The only place that reads it. */
export const environment: Environment = process.env;

export type CoordinatorConfig = ServiceConfig & {
  /** Replicas, any of any groups. */
  readonly store: readonly string[];
};

/** In the order in which they are documented. */
export const SETTINGS = {
  store: setting("FLOTILLA_STORE", null, "replicas of any groups, `http://host:port`, separated by commas; one that runs is enough"),
  ...SERVICE_SETTINGS,
} as const satisfies Record<string, Setting>;

export function coordinatorConfig(environment: Environment): CoordinatorConfig {
  const read = settingsReader(environment);
  const store = read.list(SETTINGS.store).map((each) => originIn(SETTINGS.store, each));
  check(store.length > 0, SETTINGS.store, "names nobody");
  return Object.freeze({ ...serviceConfig(read), store });
}
