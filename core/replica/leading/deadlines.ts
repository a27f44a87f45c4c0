// Time enters through the log: what ends at a deadline ends by an entry. When log time has come to the earliest deadline of
// the state, the leader proposes the command that ends what is due, so that a group that nobody writes to expires, too.
import type { EntryId } from "../../raft/entry.ts";
import type { ReplicaState } from "../replica-state.ts";

export class DueEntry {
  #underWay: EntryId | null = null;

  proposed(id: EntryId): void {
    this.#underWay = id;
  }

  /** A leader that lost its office knows nothing of what becomes of its entry. */
  forget(): void {
    this.#underWay = null;
  }

  isUnderWay(applied: number): boolean {
    return this.#underWay !== null && this.#underWay.index > applied;
  }
}

export function endWhatIsDue(state: ReplicaState): void {
  const { applied, clock, due } = state;
  if (!state.isLeading || !state.isServing || due.isUnderWay(applied.index)) return;
  const deadline = applied.machine.nextDeadline();
  if (deadline === null || deadline.atMs > clock.leadingMs) return;
  const version = applied.machine.versionOf(deadline.command);
  if (version > applied.groupVersion) return;
  const body = state.envelopes.encode({ stampMs: clock.stamp(), session: null, command: deadline.command });
  const result = state.raft.propose({ kind: "command", version, body });
  if (result.kind === "proposed") due.proposed(result.id);
}

/** Reads that arrived at this log time or later have to wait: something that they would see should be gone. Of a leader. */
export function unendedSinceMs({ isLeading, applied }: ReplicaState): number {
  return isLeading ? (applied.machine.nextDeadline()?.atMs ?? Infinity) : Infinity;
}
