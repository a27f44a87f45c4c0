// How long writes to the log take to be durable, and whether they found room.
import type { Clock } from "../clock.ts";
import type { LogObservation } from "../disk/log/log-options.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { DURATION_BUCKETS } from "../metrics.ts";

export type LogObserverPorts = { readonly metrics: Metrics; readonly clock: Clock; readonly logger: Logger };

/** One frame of the log is under way at a time. */
export function logObserver({ metrics, clock, logger }: LogObserverPorts): (observation: LogObservation) => void {
  const fsync = metrics.histogram({
    name: "flotilla_wal_fsync_duration_seconds",
    help: "From the write of a frame of the log until it is durable",
    buckets: DURATION_BUCKETS,
  });
  let startedMs = 0;
  return (observation) => {
    if (observation.kind === "frameStarted") startedMs = clock.monotonicMs();
    else if (observation.kind === "frameDurable") fsync.observe({}, (clock.monotonicMs() - startedMs) / 1_000);
    else if (observation.kind === "spaceBack") logger.info({ event: "spaceBack" }, "the log found room again");
    else if (observation.kind === "spaceShort") {
      metrics.failed("diskFull");
      logger.error({ event: "spaceShort" }, observation.problem.message);
    }
  };
}
