// What a service whose state is one piece puts on top of the log; partitioned-machine.ts is for those with several. Bytes in,
// bytes out. `apply` is total (every byte string has an answer, none throws) and deterministic: the same commands in the
// same order give the same state, answers and digest on every member.
import type { ByteWriter } from "../base/byte-writer.ts";
import type { LogIndex, ServiceIndex } from "../base/ids.ts";
import type { ScrubBudget, Scrubbed } from "./scrub.ts";

export type ApplyContext = {
  readonly index: LogIndex;
  readonly serviceIndex: ServiceIndex;
  /** Log time: the leader's stamp of this entry. Never decreases along the log. */
  readonly stampMs: number;
};

export interface StateMachine {
  /** The answer is the caller's to keep: the bytes of `command` and of the answer are not touched afterwards. */
  apply(command: Uint8Array, context: ApplyContext): Uint8Array;
  /** What `apply` took so far, in bytes of what it made anew: small commands may take much. Left out: as much as their own bytes. */
  readonly workBytes?: number;
  /** Reads the applied state. Total, like `apply`. */
  query(query: Uint8Array): Uint8Array;
  /** A consistent copy, free to take: later commands don't change what it gives. */
  snapshot(): SnapshotSource;
  /** Begins anew: the state is replaced once the restoration is finished, and not before. */
  restore(): Restoration;
  /** A hash of the whole state, or of its history: members that applied the same commands report the same. */
  digest(): string;
  /** Goes on with a round over the whole state. Left out where `digest` looks at everything anew each time. */
  scrub?(budget: ScrubBudget): Scrubbed;
  /** Whether the command may make the state larger. When the disk is short of space, only those that don't are taken. */
  grows(command: Uint8Array): boolean;
  /** What the command might take beyond what any should; a leader does not propose it then. Null: nothing. Left out: there is no such command. */
  whyTooMuch?(command: Uint8Array): string | null;
  /** The group version that every member must have reached before this command may be proposed; 1 is the first. Total. */
  versionOf(command: Uint8Array): number;
}

/**
 * The bytes of a snapshot, taken in slices so that no slice holds up the event loop. A source may be made of others: all of
 * them write into the same slice, so that each byte is written once.
 */
export interface SnapshotSource {
  /** Puts about `bytesMax` further bytes at most behind what the slice holds. False: there was nothing left. */
  next(slice: ByteWriter, bytesMax: number): boolean;
  /** False: something that it gave is not what was put into the state, so these bytes are worth nothing. Left out: it can't tell. */
  readonly isSound?: boolean;
}

export interface Restoration {
  /** False: these bytes are no snapshot of this kind. */
  write(bytes: Uint8Array): boolean;
  finish(): boolean;
}
