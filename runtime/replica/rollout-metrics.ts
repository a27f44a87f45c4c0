// Why an update, or whoever drains a node, does not get beyond this member: it is not ready, so that no other pod is touched; or it is told
// to end, and holds.
import type { Check } from "../http/health.ts";
import type { Metrics } from "../metrics.ts";

/** Its group would lose its majority by its end. All other reasons are names of checks. */
const HOLD = "hold";

/** Returns what is told when a hold begins, and when it has ended. */
export function rolloutMetrics(metrics: Metrics, readiness: () => readonly Check[]): (isHeld: boolean) => void {
  let isHeld = false;
  metrics.read(
    "gauge",
    { name: "flotilla_rollout_blocked", help: "1 for each reason for which a rollout has to wait for this member", labels: ["reason"] },
    () => [
      { labels: { reason: HOLD }, value: isHeld ? 1 : 0 },
      ...readiness().map(({ name, ok }) => ({ labels: { reason: name }, value: ok ? 0 : 1 })),
    ],
  );
  return (held) => {
    isHeld = held;
  };
}
