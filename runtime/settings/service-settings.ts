// The settings that a service has which is no member of a replicated group: where it listens, where the store is, and who may
// call it.
import type { AccessPolicy } from "../http/access.ts";
import type { LogLevel } from "../logger.ts";
import { LOG_LEVELS } from "../logger.ts";
import { accessPolicy, healthPort, MEMBER_SETTINGS } from "./member-settings.ts";
import type { Setting, SettingsReader } from "./settings.ts";
import { numberSetting, originIn, setting } from "./settings.ts";

export type ServiceConfig = {
  readonly host: string;
  readonly httpPort: number;
  readonly healthPort: number | null;
  /** Where others reach this process. */
  readonly origin: string;
  readonly access: AccessPolicy;
  readonly logLevel: LogLevel;
  readonly requestBytesMax: number;
  readonly shutdownMs: number;
};

/** In the order in which they are documented. */
export const SERVICE_SETTINGS = {
  host: MEMBER_SETTINGS.host,
  httpPort: MEMBER_SETTINGS.httpPort,
  healthPort: MEMBER_SETTINGS.healthPort,
  origin: setting(
    "FLOTILLA_ORIGIN",
    "",
    "where others reach this process, `http://host:port`; if empty, FLOTILLA_HOST and FLOTILLA_HTTP_PORT",
  ),
  auth: MEMBER_SETTINGS.auth,
  dataToken: MEMBER_SETTINGS.dataToken,
  dataTokenFile: MEMBER_SETTINGS.dataTokenFile,
  adminToken: MEMBER_SETTINGS.adminToken,
  adminTokenFile: MEMBER_SETTINGS.adminTokenFile,
  logLevel: MEMBER_SETTINGS.logLevel,
  requestBytesMax: numberSetting("FLOTILLA_REQUEST_BYTES_MAX", 33_554_432, "the largest body of a request"),
  shutdownMs: MEMBER_SETTINGS.shutdownMs,
} as const satisfies Record<string, Setting>;

export function serviceConfig(read: SettingsReader): ServiceConfig {
  const [host, httpPort] = [read.text(SERVICE_SETTINGS.host), read.port(SERVICE_SETTINGS.httpPort)];
  const given = read.text(SERVICE_SETTINGS.origin);
  const origin = given === "" ? `http://${host}:${httpPort}` : originIn(SERVICE_SETTINGS.origin, given);
  return {
    ...{ host, httpPort, origin },
    healthPort: healthPort(read, [httpPort]),
    access: accessPolicy(read),
    logLevel: read.oneOf(SERVICE_SETTINGS.logLevel, LOG_LEVELS),
    requestBytesMax: read.count(SERVICE_SETTINGS.requestBytesMax),
    shutdownMs: read.count(SERVICE_SETTINGS.shutdownMs),
  };
}
