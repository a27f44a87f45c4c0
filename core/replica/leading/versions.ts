// Old and new binaries work together during an upgrade. Each member announces the highest version that it knows; once
// everybody in the group has announced a higher one than the group has, the leader raises the group's version by an entry
// of the log. Nothing that needs a version is proposed before that entry is applied.
import type { MemberId } from "../../base/ids.ts";
import { everyone } from "../../raft/membership.ts";
import type { Membership } from "../../raft/membership.ts";
import type { PeerTable } from "../peers/peer-table.ts";

export class VersionAgreement {
  readonly #self: { readonly member: MemberId; readonly version: number };
  readonly #peers: PeerTable;
  /** What this leader has proposed in this term, so as not to propose it again while it is under way. */
  #proposed = 0;

  constructor(self: { readonly member: MemberId; readonly version: number }, peers: PeerTable) {
    this.#self = self;
    this.#peers = peers;
  }

  startLeading(): void {
    this.#proposed = 0;
  }

  /** What the group's version is to be raised to; null when it stays. */
  toPropose(membership: Membership, groupVersion: number): number | null {
    const agreed = this.#agreed(membership);
    return agreed > groupVersion && agreed > this.#proposed ? agreed : null;
  }

  proposed(version: number): void {
    this.#proposed = version;
  }

  /** The highest version that everybody knows. Who has not been heard knows nothing. */
  #agreed(membership: Membership): number {
    let agreed = this.#self.version;
    for (const member of everyone(membership)) {
      if (member !== this.#self.member) agreed = Math.min(agreed, this.#peers.get(member)?.version ?? 0);
    }
    return agreed;
  }
}
