// Requests by route, never by path: the number of series must not depend on what clients send.
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";
import { DURATION_BUCKETS } from "../metrics.ts";

export type AnsweredRequest = { readonly route: string; readonly method: string; readonly status: number };
export type ObserveRequest = (request: AnsweredRequest, durationMs: number) => void;

type Series = { readonly count: () => void; readonly observe: (seconds: number) => void };

/** What it answers with is for requests that are answered without `app`. */
export function measureRequests(app: FastifyInstance, metrics: Metrics, service: string): ObserveRequest {
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
  const known = new Map<string, Series>();
  const seriesOf = ({ route, method, status }: AnsweredRequest): Series => {
    const name = `${method} ${status} ${route}`;
    let series = known.get(name);
    if (series === undefined) {
      const labels = { service, route, method };
      series = { count: requests.series({ ...labels, code: status }), observe: duration.series(labels) };
      known.set(name, series);
    }
    return series;
  };
  const observe: ObserveRequest = (request, durationMs) => {
    const series = seriesOf(request);
    series.count();
    series.observe(durationMs / 1_000);
  };
  app.addHook("onResponse", (request, reply, done) => {
    observe({ route: request.routeOptions.url ?? "none", method: request.method, status: reply.statusCode }, reply.elapsedTime);
    done();
  });
  return observe;
}
