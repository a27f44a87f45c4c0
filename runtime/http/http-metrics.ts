// Requests by route, never by path: the number of series must not depend on what clients send.
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";
import { DURATION_BUCKETS } from "../metrics.ts";

export type ObserveRequest = (status: number, durationMs: number) => void;
/** For the requests of one route: its series are looked up once. */
export type ObserverOf = (route: string, method: string) => ObserveRequest;

/** What it answers with is for requests that are answered without `app`. */
export function measureRequests(app: FastifyInstance, metrics: Metrics, service: string): ObserverOf {
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
  const newObserver: ObserverOf = (route, method) => {
    const labels = { service, route, method };
    const observe = duration.series(labels);
    const counts = new Map<number, () => void>();
    return (status, durationMs) => {
      let count = counts.get(status);
      if (count === undefined) counts.set(status, (count = requests.series({ ...labels, code: status })));
      count();
      observe(durationMs / 1_000);
    };
  };
  const observers = new Map<string, ObserveRequest>();
  const observerOf: ObserverOf = (route, method) => {
    const name = `${method} ${route}`;
    let observer = observers.get(name);
    if (observer === undefined) observers.set(name, (observer = newObserver(route, method)));
    return observer;
  };
  app.addHook("onResponse", (request, reply, done) => {
    observerOf(request.routeOptions.url ?? "none", request.method)(reply.statusCode, reply.elapsedTime);
    done();
  });
  return observerOf;
}
