// Why a member can't use its disk, in words for the person who has to act. Everything that opens or recovers something
// ends with its value or with one of these.
import { describeFileError } from "./file-port.ts";
import type { FileError } from "./file-port.ts";

export type DiskProblemKind =
  /** The bytes are not what was written. Nobody but a person, or an emptied disk, gets this member back. */
  | "damaged"
  /** The bytes are fine and belong to somebody else. */
  | "foreign"
  /** Written by a newer version of this program. */
  | "newerVersion"
  /** Another process uses the directory. */
  | "inUse"
  /** No space left; nothing is damaged, and it may be tried again. */
  | "full"
  /** A newer snapshot is there already; this one is of no use any more. */
  | "superseded"
  /** The operating system refused an operation. */
  | "failed";

export type DiskProblem = {
  readonly kind: DiskProblemKind;
  readonly file: string;
  /** Where in the file, as far as that is known. */
  readonly offset: number | null;
  /** Names file, place, what is wrong, and what to do. */
  readonly message: string;
};

export type DiskAnswer<T> = (...answer: [problem: null, value: T] | [problem: DiskProblem, value: null]) => void;

/** Carries a problem out of a task; `runTask` turns it back into a value. */
export class DiskProblemError extends Error {
  override readonly name = "DiskProblemError";
  readonly problem: DiskProblem;

  constructor(problem: DiskProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

const ADVICE: Readonly<Record<DiskProblemKind, string>> = {
  damaged:
    "Nothing was changed. If the other members of the group are well, empty this member's data directory: it comes back as a new member and copies everything from them. Otherwise keep the directory as it is, and let a person decide (flotilla group recover).",
  foreign: "Nothing was changed. Check which data directory (volume) was given to this member.",
  newerVersion: "Nothing was changed. Start the newer version again.",
  inUse: "End the other process first; only one may use a data directory.",
  full: "Free some space; nothing is lost.",
  superseded: "Nothing needs to be done.",
  failed: "Check the disk and the permissions, then start again.",
};

export function diskProblem(kind: DiskProblemKind, place: { readonly file: string; readonly offset?: number }, what: string): DiskProblem {
  const at = place.offset === undefined ? place.file : `${place.file} at byte ${String(place.offset)}`;
  return { kind, file: place.file, offset: place.offset ?? null, message: `${at}: ${what}. ${ADVICE[kind]}` };
}

const KIND_OF_CODE: Readonly<Record<string, DiskProblemKind>> = { ENOSPC: "full", EDQUOT: "full", ELOCKED: "inUse" };

export function problemOfFileError(error: FileError): DiskProblem {
  return diskProblem(KIND_OF_CODE[error.code] ?? "failed", { file: error.path }, describeFileError(error));
}
