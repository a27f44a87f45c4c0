// The snapshots that a service of the Raft labs takes, one file at a time: of those that become due while one is being
// written, only the newest is of any use.
import type { LogBase } from "../../core/raft/entry.ts";
import type { Membership } from "../../core/raft/membership.ts";
import { FIRST_VERSION } from "../../core/replica/options.ts";
import type { SnapshotDesk } from "../../runtime/replica/snapshot-desk.ts";

/** The state right after `base`. */
export type TakenSnapshot = { readonly base: LogBase; readonly membership: Membership; readonly bytes: Uint8Array };

export type OwnSnapshotsOptions = {
  /** No other member, and no other life of this one, has it. */
  readonly name: string;
  readonly desk: SnapshotDesk;
};

export class OwnSnapshots {
  readonly #options: OwnSnapshotsOptions;
  #isWriting = false;
  #next: TakenSnapshot | null = null;

  constructor(options: OwnSnapshotsOptions) {
    this.#options = options;
  }

  take(snapshot: TakenSnapshot): void {
    this.#next = snapshot;
    if (!this.#isWriting) this.#write();
  }

  /** The one that was being written is durable, or was given up. */
  ended(): void {
    this.#isWriting = false;
    this.#write();
  }

  #write(): void {
    const snapshot = this.#next;
    if (snapshot === null) return;
    this.#next = null;
    this.#isWriting = true;
    const { name, desk } = this.#options;
    const { membership, bytes } = snapshot;
    const { index, term, serviceIndex } = snapshot.base;
    const snapshotId = `${name}-${index}`;
    desk.begin({ kind: "snapshotBegin", snapshotId, base: { index, term, serviceIndex }, membership, version: FIRST_VERSION });
    desk.slice({ kind: "snapshotSlice", snapshotId, bytes });
  }
}
