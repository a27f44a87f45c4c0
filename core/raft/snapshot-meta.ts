// What a snapshot is, without its bytes. The id names one file of one sender: two members that take a snapshot at the
// same index produce different ids, and a transfer never continues from one into the other.
import type { LogBase } from "./entry.ts";
import type { Membership } from "./membership.ts";

export type SnapshotMeta = {
  readonly id: string;
  /** The last entry that the snapshot covers. */
  readonly base: LogBase;
  /** The membership as of `base`, with the index of the entry that set it. */
  readonly membership: Membership;
  /** The group version as of `base`; a member that doesn't know it must not restore. */
  readonly version: number;
  readonly sizeBytes: number;
  readonly checksum: number;
};
