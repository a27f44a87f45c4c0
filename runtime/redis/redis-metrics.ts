// The Redis door's commands, for Prometheus.
import type { Metrics } from "../metrics.ts";
import { DURATION_BUCKETS } from "../metrics.ts";
import type { Place } from "./reply-queue.ts";
import type { ServerFacts } from "./server-facts.ts";

/** Called for each reply that goes out. */
export function redisMetrics(metrics: Metrics, facts: ServerFacts): (place: Place, nowMs: number) => void {
  metrics.read(
    "counter",
    {
      name: "flotilla_redis_commands_total",
      help: "Commands of the Redis protocol, by how they were answered",
      labels: ["command", "result"],
    },
    () =>
      [...facts.byCommand].flatMap(([command, { calls, failed }]) => [
        { labels: { command, result: "ok" }, value: calls - failed },
        { labels: { command, result: "error" }, value: failed },
      ]),
  );
  metrics.read("gauge", { name: "flotilla_redis_connections", help: "Open connections of the Redis protocol" }, () => [
    { labels: {}, value: facts.connected },
  ]);
  const histogram = metrics.histogram({
    name: "flotilla_redis_command_duration_seconds",
    help: "From a command's arrival to its reply",
    buckets: DURATION_BUCKETS,
  });
  const observe = histogram.series({});
  return ({ command, arrivedMs, isError }, nowMs) => {
    facts.count(command, isError);
    observe((nowMs - arrivedMs) / 1_000);
  };
}
