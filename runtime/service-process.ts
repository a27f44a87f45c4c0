// A process that is no member of a group: listens to clients, says how it stands, and ends in good order. What it is for comes
// from the service.
import type { FastifyInstance } from "fastify";
import { endWithBug, trapBugs } from "./bug-trap.ts";
import { Ending } from "./ending.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import type { HealthChecks } from "./http/health.ts";
import { addHealthRoutes, createHealthServer } from "./http/health.ts";
import { closeHttp, createHttpServer, listenHttp } from "./http/http-server.ts";
import type { Logger } from "./logger.ts";
import { openLog } from "./logger.ts";
import { Metrics } from "./metrics.ts";
import type { ServiceConfig } from "./settings/service-settings.ts";
import type { ShutdownStep } from "./shutdown.ts";
import { onStopSignals, shutDown } from "./shutdown.ts";

export type ServiceParts = { readonly metrics: Metrics; readonly logger: Logger; readonly onBug: (error: unknown) => void };

/** What a service adds. */
export type Service = {
  readonly addRoutes: (app: FastifyInstance) => void;
  readonly health: HealthChecks;
  readonly start: () => void;
  /** While clients are still listened to. */
  readonly beforeClosing: readonly ShutdownStep[];
  readonly afterClosing: readonly ShutdownStep[];
};

export type ServiceProcess = {
  readonly service: { readonly name: string; readonly version: string };
  readonly config: ServiceConfig;
  readonly logFields: Readonly<Record<string, unknown>>;
  readonly equip: (parts: ServiceParts) => Service | Promise<Service>;
};

/** Returns once the process listens; it goes on until it is told to stop. */
export async function runServiceProcess({ service, config, logFields, equip }: ServiceProcess): Promise<void> {
  const { host, httpPort, healthPort, access, requestBytesMax } = config;
  const log = openLog({ level: config.logLevel, fields: { service: service.name, ...logFields } });
  const { logger } = log;
  trapBugs(log);
  const metrics = new Metrics({ service: service.name, version: service.version });
  const ending = new Ending(log, metrics);
  const parts = await equip({ metrics, logger, onBug: (error) => endWithBug(log, error) });
  const app = createHttpServer({ service: service.name, version: service.version, requestBytesMax, access, metrics, logger });
  const healthApp = healthPort === null ? null : createHealthServer(parts.health, metrics);
  parts.addRoutes(app);
  addHealthRoutes(app, parts.health, metrics);
  await ending.unlessTaken("FLOTILLA_HTTP_PORT", listenHttp(app, { host, port: httpPort }));
  if (healthApp !== null && healthPort !== null)
    await ending.unlessTaken("FLOTILLA_HEALTH_PORT", listenHttp(healthApp, { host, port: healthPort }));
  logger.info({ event: "listening", host, httpPort }, `listening: clients on ${host}:${httpPort}`);
  parts.start();
  const steps: readonly ShutdownStep[] = [
    ...parts.beforeClosing,
    { name: "clients", deadlineMs: 1_000, run: (signal) => closeHttp(app, signal) },
    ...parts.afterClosing,
    { name: "health", deadlineMs: 1_000, run: async () => void (await healthApp?.close()) },
  ];
  onStopSignals({
    logger,
    onStop: () => void shutDown({ logger, steps }).then(() => ending.end(EXIT_CODES.stopped)),
    onInsist: () => ending.end(EXIT_CODES.stopped),
  });
}
