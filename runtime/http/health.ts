// Liveness, readiness and start-up, each a list of checks with a line for each that a person can read; and the metrics beside
// them. Liveness is about this process alone: no other process's trouble may have it restarted.
import type { FastifyInstance } from "fastify";
import fastify from "fastify";
import type { Metrics } from "../metrics.ts";

export type Check = { readonly name: string; readonly ok: boolean; readonly message: string };

/** Each looks at what is known, and never waits. */
export type HealthChecks = { readonly [Path in "livez" | "readyz" | "startupz"]: () => readonly Check[] };

export function addHealthRoutes(app: FastifyInstance, checks: HealthChecks, metrics: Metrics): void {
  for (const [path, check] of Object.entries(checks)) {
    app.get(`/${path}`, (_request, reply) => {
      const results = runSafely(check);
      const ok = results.every((each) => each.ok);
      return reply
        .code(ok ? 200 : 503)
        .header("cache-control", "no-store")
        .type("application/json")
        .send(linesOf(ok, results));
    });
  }
  app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}

/** For a port of their own: nothing that clients do to the other one keeps these from being answered. */
export function createHealthServer(checks: HealthChecks, metrics: Metrics): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true, http: { headersTimeout: HEADERS_MS } });
  app.server.maxConnections = CONNECTIONS_MAX;
  addHealthRoutes(app, checks, metrics);
  return app;
}

const CONNECTIONS_MAX = 256;
const HEADERS_MS = 5_000;

/** JSON with one line for each check. */
function linesOf(ok: boolean, results: readonly Check[]): string {
  const lines = results.map((result) => JSON.stringify(result)).join(",\n");
  return `{"ok":${String(ok)},"checks":[\n${lines}\n]}\n`;
}

function runSafely(check: () => readonly Check[]): readonly Check[] {
  try {
    return check();
  } catch (error) {
    return [{ name: "check", ok: false, message: `the check itself failed: ${error instanceof Error ? error.message : String(error)}` }];
  }
}
