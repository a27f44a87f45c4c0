// What became of messages between members, for Prometheus.
import type { Metrics } from "../metrics.ts";
import type { PeerCounters } from "./peer-counters.ts";

export function peerMetrics(metrics: Metrics, counters: PeerCounters, waitingBytes: () => number): void {
  metrics.read(
    "counter",
    { name: "flotilla_peer_messages_total", help: "Messages between members, by the peer's ordinal", labels: ["peer", "kind", "result"] },
    function* () {
      for (const { peer, kind, result, count } of counters.all()) yield { labels: { peer, kind, result }, value: count };
    },
  );
  metrics.read("gauge", { name: "flotilla_peer_buffer_bytes", help: "Messages that wait for their peers" }, () => [
    { labels: {}, value: waitingBytes() },
  ]);
}
