// What a log is opened with, and what it tells about itself.
import type { LogBase } from "../../../core/raft/entry.ts";
import type { DiskProblem } from "../disk-problem.ts";
import type { FilePort } from "../file-port.ts";

export type LogLimits = {
  readonly segmentBytes: number;
  /** One frame takes no more than this, unless a single entry is larger. Sealing this much takes about 2 ms. */
  readonly frameBytesMax: number;
};

export const DEFAULT_LOG_LIMITS: LogLimits = { segmentBytes: 16_777_216, frameBytesMax: 1_048_576 };

export type LogOptions = {
  readonly files: FilePort;
  readonly directory: string;
  /** Whose log this is: the member's id. A log of another member is refused. */
  readonly log: string;
  /** Up to where the newest snapshot covers the log; null without a snapshot. */
  readonly snapshot: LogBase | null;
  /** A member that belongs to a group must have a log; one without may be new. */
  readonly mustExist: boolean;
  readonly limits: LogLimits;
  /** A write, or its sync, failed: what the disk holds is unknown, and the process must end without another word. */
  readonly onFailure: (problem: DiskProblem) => void;
  readonly observe: (observation: LogObservation) => void;
};

export type LogObservation =
  | { readonly kind: "frameStarted"; readonly sequence: number; readonly bytes: number; readonly writes: number }
  | { readonly kind: "frameDurable"; readonly sequence: number }
  | { readonly kind: "segmentBegun"; readonly number: number }
  | { readonly kind: "segmentRemoved"; readonly number: number }
  /** Nothing is lost and nothing acknowledged; writes wait, and `retry` tries again. */
  | { readonly kind: "spaceShort"; readonly problem: DiskProblem }
  | { readonly kind: "spaceBack" };
