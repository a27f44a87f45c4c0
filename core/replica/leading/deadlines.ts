// Time enters through the log: what ends at a deadline ends by an entry. When log time has come to the earliest deadline of
// the state, the leader proposes the command that ends what is due, so that a group that nobody writes to expires, too.
import type { EntryId } from "../../raft/entry.ts";
import type { Message } from "../../raft/messages.ts";
import type { ReplicaState } from "../replica-state.ts";

/** Each follower has one question under way at a time, and asks again when it hears nothing. */
const HELD_MAX = 1_000;

type Held = { readonly question: Message; readonly arrivedAtStampMs: number };

export class DueEntry {
  #underWay: EntryId | null = null;
  #held: Held[] = [];

  proposed(id: EntryId): void {
    this.#underWay = id;
  }

  /** A leader that lost its office knows nothing of what becomes of its entry. */
  forget(): void {
    this.#underWay = null;
    this.#held = [];
  }

  hold(held: Held): void {
    if (this.#held.length < HELD_MAX) this.#held.push(held);
  }

  /** Those that need not wait any more, if everything that was due before `unendedSinceMs` has ended. */
  takeHeld(unendedSinceMs: number): readonly Message[] {
    if (this.#held.length === 0) return [];
    const [ready, waiting]: [Message[], Held[]] = [[], []];
    for (const held of this.#held) {
      if (held.arrivedAtStampMs < unendedSinceMs) ready.push(held.question);
      else waiting.push(held);
    }
    this.#held = waiting;
    return ready;
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

/** A follower that asks for its readers what they must have seen: by the leader's time, like the readers of the leader itself. */
export function receiveReadQuestion(state: ReplicaState, question: Message): void {
  const arrivedAtStampMs = state.clock.leadingMs;
  if (arrivedAtStampMs < unendedSinceMs(state)) state.raft.receive(question);
  else state.due.hold({ question, arrivedAtStampMs });
}

export function answerHeldQuestions(state: ReplicaState): void {
  for (const question of state.due.takeHeld(unendedSinceMs(state))) state.raft.receive(question);
}
