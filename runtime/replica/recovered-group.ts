// What a member's storage holds, as its replica wants to be told.
import type { RecoveredGroup } from "../../core/raft/inputs.ts";
import type { Membership } from "../../core/raft/membership.ts";
import type { MemberStorage } from "../disk/member-storage.ts";
import type { BootsSeen } from "./boots-seen.ts";
import { bootsIn } from "./boots-seen.ts";

export type RecoveredReplica = { readonly recovered: RecoveredGroup; readonly bootsSeen: BootsSeen };

/** `founding`: the membership that holds before the log or a snapshot says otherwise. */
export function recoveredReplica({ snapshots, recovered }: MemberStorage, founding: Membership): RecoveredReplica {
  const snapshot = snapshots.newest;
  const { hardState, base, entries, metadata } = recovered;
  return {
    recovered: { hardState, base, entries, snapshot, membership: snapshot?.membership ?? founding },
    bootsSeen: bootsIn(metadata),
  };
}
