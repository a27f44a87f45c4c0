// How the event loop of a service is doing: how long its turns take, and how late its ticks come.
import type { TurnReport } from "./host.ts";
import type { Metrics } from "./metrics.ts";
import { DURATION_BUCKETS } from "./metrics.ts";
import type { TickReport } from "./ticker.ts";

export type HostObserver = {
  readonly onTurn: (report: TurnReport) => void;
  readonly onTick: (report: TickReport) => void;
};

export function hostMetrics(metrics: Metrics): HostObserver {
  const turns = metrics.histogram({
    name: "flotilla_turn_duration_seconds",
    help: "How long a turn of the service took: its events and their effects",
    buckets: DURATION_BUCKETS,
  });
  const late = metrics.histogram({ name: "flotilla_tick_delay_seconds", help: "How late ticks came", buckets: DURATION_BUCKETS });
  const observeTurn = turns.series({});
  let events = 0;
  let forgiven = 0;
  const sum = (value: number) => [{ labels: {}, value }];
  metrics.read("counter", { name: "flotilla_events_total", help: "Events that the service was told" }, () => sum(events));
  metrics.read("counter", { name: "flotilla_ticks_forgiven_total", help: "Ticks that never came because the process stood still" }, () =>
    sum(forgiven),
  );
  return {
    onTurn: (report) => {
      events += report.events;
      observeTurn(report.durationMs / 1_000);
    },
    onTick: (report) => {
      forgiven += report.forgiven;
      late.observe({}, report.lateMs / 1_000);
    },
  };
}
