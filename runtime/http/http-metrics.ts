// Requests by route, never by path: the number of series must not depend on what clients send.
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";
import { DURATION_BUCKETS } from "../metrics.ts";

export function measureRequests(app: FastifyInstance, metrics: Metrics, service: string): void {
  const requests = metrics.counter({
    name: "flotilla_http_requests_total",
    help: "HTTP requests that were answered",
    labels: ["service", "route", "method", "code"],
  });
  const duration = metrics.histogram({
    name: "flotilla_http_request_duration_seconds",
    help: "From the arrival of an HTTP request until its answer has left",
    labels: ["service", "route", "method"],
    buckets: DURATION_BUCKETS,
  });
  app.addHook("onResponse", (request, reply, done) => {
    const labels = { service, route: request.routeOptions.url ?? "none", method: request.method };
    requests.add({ ...labels, code: reply.statusCode });
    duration.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
}
