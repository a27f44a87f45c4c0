// What a replica applies its log to: a state that may consist of several partitions, each with sessions of its own, so that
// a partition that moves to another group takes along what its clients were answered. A service whose state is one piece is
// a `StateMachine` (state-machine.ts) inside a `OnePartition` (applied/one-partition.ts).
//
// Everything is total and deterministic: the same commands in the same order give the same state, answers, refusals and
// digest on every member.
import type { Outcome } from "../base/outcome.ts";
import type { Sessions } from "./applied/sessions.ts";
import type { ScrubBudget, Scrubbed } from "./scrub.ts";
import type { ApplyContext, Restoration, SnapshotSource } from "./state-machine.ts";

/** Whose sessions decide about a command. */
export type Partition =
  | { readonly kind: "sessions"; readonly sessions: Sessions }
  /** Nobody's: what is no command, and commands of the group's own, which can be repeated without harm. */
  | { readonly kind: "none" }
  /** Not for here: nothing happens, and nothing is remembered. */
  | { readonly kind: "refused"; readonly outcome: Outcome<never> };

/** Something ends when log time has come to `atMs`: by this command, which the leader then proposes of its own accord. */
export type Deadline = { readonly atMs: number; readonly command: Uint8Array };

export interface PartitionedMachine {
  /** Asked when the command is applied, in the state that it would change. */
  partitionOf(command: Uint8Array): Partition;
  /** The answer is the caller's to keep: the bytes of `command` and of the answer are not touched afterwards. */
  apply(command: Uint8Array, context: ApplyContext): Uint8Array;
  /** What `apply` took so far, in bytes of what it made anew: small commands may take much. Left out: as much as their own bytes. */
  readonly workBytes?: number;
  /** Reads the applied state; refused what is not for here, in that very state. */
  query(query: Uint8Array): Outcome<Uint8Array>;
  /** The earliest one. */
  nextDeadline(): Deadline | null;
  /** Log time is never below this: what came from another group brought its time along. */
  readonly stampFloorMs: number;
  /** How many sessions are remembered, in all partitions. */
  readonly sessionCount: number;
  /** What the answers that they remember take in memory. */
  readonly answerBytes: number;
  /** A consistent copy, free to take: later commands don't change what it gives. */
  snapshot(): SnapshotSource;
  /** Begins anew: the state is replaced once the restoration is finished, and not before. */
  restore(): Restoration;
  /** A hash of the whole state, sessions included: members that applied the same commands report the same. */
  digest(): string;
  /** Goes on with a round over the whole state, sessions included: whether everything is still what was put there. */
  scrub(budget: ScrubBudget): Scrubbed;
  /** Whether the command may make the state larger. When the disk is short of space, only those that don't are taken. */
  grows(command: Uint8Array): boolean;
  /** What the command might take beyond what any should; a leader does not propose it then. Null: nothing. Left out: there is no such command. */
  whyTooMuch?(command: Uint8Array): string | null;
  /** The group version that every member must have reached before this command may be proposed; 1 is the first. Total. */
  versionOf(command: Uint8Array): number;
}
