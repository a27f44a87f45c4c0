// Why an attempt failed, in words for the person whose job it is, and by the name that decides what happens next.
import type { Failure, FailureReason } from "../../core/mapreduce/report.ts";

/** The record (or, of a reduce, the key) at work: its number within the task, and where it is. */
export type RecordPlace = { readonly record: number | null; readonly file: string | null; readonly offset: number | null };

const NO_PLACE: RecordPlace = { record: null, file: null, offset: null };

export class TaskProblem extends Error {
  readonly reason: FailureReason;
  readonly place: RecordPlace;

  constructor(reason: FailureReason, message: string, detail: Partial<RecordPlace> & { readonly cause?: unknown } = {}) {
    super(message, { cause: detail.cause });
    this.name = "TaskProblem";
    this.reason = reason;
    this.place = { record: detail.record ?? null, file: detail.file ?? null, offset: detail.offset ?? null };
  }
}

/** What the machine complained about, in our terms. */
export function problemOf(error: unknown, doing: string): TaskProblem {
  if (error instanceof TaskProblem) return error;
  const isError = typeof error === "object" && error !== null && "message" in error;
  const { code, message } = isError ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) };
  if (code === "ENOSPC" || code === "EDQUOT") return new TaskProblem("diskFull", `the disk is full: ${doing}`, { cause: error });
  return new TaskProblem("internal", `${doing}: ${message}`, { cause: error });
}

/** It is part of the job's record, and of a report that nobody takes if it is too long; and code that throws decides what it says. */
const MESSAGE_LENGTH_MAX = 4_000;

export function failureOf(error: unknown): Failure {
  const { reason, message, place } = problemOf(error, "the task failed");
  const { file, offset } = place;
  const where = file === null ? "" : ` (${file}${offset === null ? "" : `, byte ${String(offset)}`})`;
  return { reason, message: `${message.slice(0, MESSAGE_LENGTH_MAX)}${where}`, ...NO_PLACE, ...place };
}
