// How TLS between members stands, for Prometheus.
import type { Metrics } from "../../metrics.ts";
import type { PeerTls } from "./peer-tls.ts";

export function tlsMetrics(metrics: Metrics, { certificates, door }: PeerTls): void {
  metrics.read(
    "gauge",
    {
      name: "flotilla_peer_certificate_expires_timestamp_seconds",
      help: "Until when the certificate in use is good, in seconds since 1970",
    },
    () => [{ labels: {}, value: certificates.current.validUntilMs / 1_000 }],
  );
  metrics.read(
    "gauge",
    { name: "flotilla_peer_certificate_lifetime_seconds", help: "For how long the certificate in use is good in all" },
    () => [{ labels: {}, value: (certificates.current.validUntilMs - certificates.current.validFromMs) / 1_000 }],
  );
  metrics.read(
    "gauge",
    { name: "flotilla_peer_certificate_refused", help: "1 while the files that lie there make no sense, and those from before are used" },
    () => [{ labels: {}, value: certificates.problem === null ? 0 : 1 }],
  );
  metrics.read(
    "gauge",
    { name: "flotilla_peer_connections", help: "Open connections of callers at the peer port, by how they came", labels: ["transport"] },
    () => Object.entries(door.open).map(([transport, value]) => ({ labels: { transport }, value })),
  );
}
