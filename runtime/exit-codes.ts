// With which code a process ends, and what whoever started it does about that. Numbers from sysexits(3) where one fits.
import type { StopReason } from "../core/replica/effects.ts";
import type { DiskProblemKind } from "./disk/disk-problem.ts";

export const EXIT_CODES = {
  stopped: 0,
  /** Something the process needs can't be had (a port, a directory in use): trying again later may help. */
  unavailable: 69,
  /** A claim of the program about itself did not hold. A restart recovers from the disk. */
  bug: 70,
  /** A failed write or sync: what the disk holds is known again only after a restart. */
  diskFailed: 74,
  /** This member lost its disk's memory, was removed, or has another state than its group on its disk: its data is to be set aside, and it starts again as a newcomer. */
  startBlank: 75,
  /** A person must look: a damaged or foreign data directory, an unknown version, a bad configuration. No restart helps. */
  needsPerson: 78,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

export const EXIT_CODE_OF_STOP: { readonly [R in StopReason]: ExitCode } = {
  wiped: EXIT_CODES.startBlank,
  removed: EXIT_CODES.startBlank,
  divergence: EXIT_CODES.startBlank,
  versionUnknown: EXIT_CODES.needsPerson,
  snapshotDamaged: EXIT_CODES.needsPerson,
  bug: EXIT_CODES.bug,
};

export const EXIT_CODE_OF_PROBLEM: { readonly [K in DiskProblemKind]: ExitCode } = {
  damaged: EXIT_CODES.needsPerson,
  foreign: EXIT_CODES.needsPerson,
  newerVersion: EXIT_CODES.needsPerson,
  inUse: EXIT_CODES.unavailable,
  full: EXIT_CODES.diskFailed,
  failed: EXIT_CODES.diskFailed,
  superseded: EXIT_CODES.bug,
};
