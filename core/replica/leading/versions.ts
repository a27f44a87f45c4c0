// Old and new binaries work together during an upgrade. Each member announces the highest version that it knows; once
// everybody in the group has announced a higher one than the group has, the leader raises the group's version by an entry
// of the log. Nothing that needs a version is proposed before that entry is applied. There is no way back from it to an older
// binary, so a version that few groups ever need is raised only when something has asked for it.
import type { MemberId } from "../../base/ids.ts";
import { everyone } from "../../raft/membership.ts";
import type { Membership } from "../../raft/membership.ts";
import type { PeerTable } from "../peers/peer-table.ts";

/** `unasked`: up to this version nobody has to ask. */
export type OwnVersion = { readonly member: MemberId; readonly version: number; readonly unasked: number };

export class VersionAgreement {
  readonly #self: OwnVersion;
  readonly #peers: PeerTable;
  /** What this leader has proposed in this term, so as not to propose it again while it is under way. */
  #proposed = 0;
  /** What something was to be proposed for in this term. */
  #asked = 0;

  constructor(self: OwnVersion, peers: PeerTable) {
    this.#self = self;
    this.#peers = peers;
  }

  startLeading(): void {
    this.#proposed = 0;
    this.#asked = 0;
  }

  /** Something needs it. */
  ask(version: number): void {
    this.#asked = Math.max(this.#asked, version);
  }

  /** What the group's version is to be raised to; null when it stays. */
  toPropose(membership: Membership, groupVersion: number): number | null {
    const agreed = Math.min(this.#agreed(membership), Math.max(this.#self.unasked, this.#asked));
    return agreed > groupVersion && agreed > this.#proposed ? agreed : null;
  }

  proposed(version: number): void {
    this.#proposed = version;
  }

  /** Who does not know this version, as far as this member has heard. */
  whoIsBehind(membership: Membership, version: number): readonly MemberId[] {
    return everyone(membership).filter((member) => this.#knownBy(member) < version);
  }

  /** The highest version that everybody knows. */
  #agreed(membership: Membership): number {
    return Math.min(this.#self.version, ...everyone(membership).map((member) => this.#knownBy(member)));
  }

  /** Who has not been heard knows nothing. */
  #knownBy(member: MemberId): number {
    return member === this.#self.member ? this.#self.version : (this.#peers.get(member)?.version ?? 0);
  }
}
