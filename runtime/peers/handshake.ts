// What two members tell each other before the first message: protocol, cluster, group, who the caller is and where, and
// which life this is. A stream between processes that don't belong together never begins, and both logs say why.
import type { IncomingHttpHeaders } from "node:http";
import type { BootNumber, ClusterId, GroupId, MemberId } from "../../core/base/ids.ts";
import { asBoot, asCluster, asGroup, asMember } from "../../core/base/ids.ts";
import type { Place } from "../../core/raft/membership.ts";
import { parseAddress } from "./peer-address.ts";

export const PEER_PROTOCOL = 1;
export const STREAM_PATH = "/v1/peer-stream";

export type PeerIdentity = {
  readonly cluster: ClusterId;
  readonly group: GroupId;
  readonly member: MemberId;
  readonly place: Place;
  readonly boot: BootNumber;
};

export type Handshake =
  | { readonly kind: "accepted"; readonly peer: PeerIdentity }
  /** `isUsual`: meant for a member that was at this place before. It goes on until the group has let that one go. */
  | { readonly kind: "refused"; readonly message: string; readonly isUsual: boolean };

/**
 * `to`: the member that is meant, because a place outlives its members: whoever lost its disk comes back as another one.
 * Values are percent-encoded, because a header can't hold every character of an id.
 */
export function handshakeHeaders({ cluster, group, member, place, boot }: PeerIdentity, to: MemberId): Readonly<Record<string, string>> {
  return {
    "flotilla-to": encodeURIComponent(to),
    "flotilla-protocol": String(PEER_PROTOCOL),
    "flotilla-cluster": encodeURIComponent(cluster),
    "flotilla-group": encodeURIComponent(group),
    "flotilla-member": encodeURIComponent(member),
    "flotilla-ordinal": String(place.ordinal),
    "flotilla-address": encodeURIComponent(place.address),
    "flotilla-boot": String(boot),
  };
}

export function checkHandshake(headers: IncomingHttpHeaders, own: PeerIdentity): Handshake {
  const protocol = headers["flotilla-protocol"];
  if (protocol !== String(PEER_PROTOCOL)) {
    return refused(`peer protocol ${JSON.stringify(protocol ?? null)}; this member speaks ${PEER_PROTOCOL}`);
  }
  const peer = readIdentity(headers);
  if (typeof peer === "string") return refused(peer);
  if (peer.cluster !== own.cluster) return refused(`cluster ${peer.cluster}; this member belongs to cluster ${own.cluster}`);
  if (peer.group !== own.group) return refused(`group ${peer.group}; this member belongs to group ${own.group}`);
  if (peer.member === own.member) return refused(`member ${peer.member} is this member itself: check the addresses of the group`);
  const to = text(headers, "flotilla-to");
  if (to !== own.member) return { ...refused(`meant for member ${to ?? "unknown"}; this is member ${own.member}`), isUsual: true };
  return { kind: "accepted", peer };
}

/** The identity, or what is wrong with it. */
function readIdentity(headers: IncomingHttpHeaders): PeerIdentity | string {
  const cluster = text(headers, "flotilla-cluster");
  const group = text(headers, "flotilla-group");
  const member = text(headers, "flotilla-member");
  const address = text(headers, "flotilla-address");
  const ordinal = count(headers, "flotilla-ordinal");
  const boot = count(headers, "flotilla-boot");
  if (cluster === null || group === null || member === null) return "the headers must name cluster, group and member";
  if (ordinal === null || boot === null) return "the headers must give ordinal and boot as whole numbers";
  if (address === null || parseAddress(address) === null) return "the header flotilla-address must be host:port";
  return { cluster: asCluster(cluster), group: asGroup(group), member: asMember(member), place: { ordinal, address }, boot: asBoot(boot) };
}

const TEXT_LENGTH_MAX = 1_024;

function text(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  if (typeof value !== "string" || value.length === 0 || value.length > TEXT_LENGTH_MAX) return null;
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

function count(headers: IncomingHttpHeaders, name: string): number | null {
  const value = headers[name];
  return typeof value === "string" && /^[0-9]{1,15}$/.test(value) ? Number(value) : null;
}

function refused(message: string): Handshake & { readonly kind: "refused" } {
  return { kind: "refused", message, isUsual: false };
}
