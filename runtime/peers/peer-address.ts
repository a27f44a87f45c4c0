// Where a peer is: a name or a literal address, and a port. A literal address needs no look-up; a name must be absolute, as
// the resolver knows neither search domains nor a hosts file. "localhost" alone is known without asking anybody.
import { isIP } from "node:net";

export type PeerAddress = { readonly host: string; readonly port: number };

const PORT_MAX = 65_535;
/** Only what a host name may have: an address is told by peers, and goes into headers. */
const FORM = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]{1,253})):([0-9]{1,5})$/;

/** Null for what is not `host:port`, with an IPv6 address in brackets. */
export function parseAddress(text: string): PeerAddress | null {
  const [, bracketed, plain, digits] = FORM.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  if (host === undefined || port === 0 || port > PORT_MAX) return null;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return null;
  return { host, port };
}

export function formatAddress({ host, port }: PeerAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
