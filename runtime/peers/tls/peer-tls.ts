// All that a member has of TLS between members, where it has any.
import type { Clock } from "../../clock.ts";
import type { WatchOptions } from "./certificate-watch.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import type { ConnectorOptions } from "./tls-connector.ts";
import { TlsConnector } from "./tls-connector.ts";
import { TlsDoor } from "./tls-door.ts";
import type { TlsMode } from "./tls-mode.ts";

export type PeerTls = {
  readonly certificates: CertificateWatch;
  /** In front of the peer port. */
  readonly door: TlsDoor;
  /** To other members. */
  readonly connector: TlsConnector;
};

export type PeerTlsOptions = WatchOptions & { readonly mode: TlsMode; readonly clock: Clock } & Pick<ConnectorOptions, "preferenceMs">;

/** Rejects with a `CertificateProblem` where there is no good certificate to begin with. */
export async function openPeerTls({ mode, clock, preferenceMs, ...watched }: PeerTlsOptions): Promise<PeerTls> {
  const { logger } = watched;
  const certificates = await CertificateWatch.open(watched);
  if (mode === "prefer")
    logger.warn(
      { event: "peersWithoutTls" },
      "peers are taken without TLS, too, and without a certificate (FLOTILLA_PEER_TLS_MODE=prefer): that protects from nobody who can touch what is sent. Set it to require once all members have certificates",
    );
  const options = { certificates, mode, clock, logger };
  const connector = new TlsConnector(preferenceMs === undefined ? options : { ...options, preferenceMs });
  return { certificates, door: new TlsDoor(options), connector };
}
