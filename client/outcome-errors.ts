// Outcomes as errors, for callers that would rather catch than compare.
import type { Outcome, Refusal, RefusalCode, UnknownAfter } from "../core/base/outcome.ts";

/** It did not happen, and will not. docs/errors.md lists the codes. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly code: RefusalCode;
  /** Further fields of the refusal, such as the current `version` after a guard that failed. */
  readonly details: NonNullable<Refusal["details"]>;

  constructor({ code, message, details = {} }: Refusal) {
    super(`${code}: ${message}`);
    this.code = code;
    this.details = details;
  }
}

/** A write may have happened, or still may: read before you write again. A read only got no answer. */
export class UnknownOutcomeError extends Error {
  override readonly name = "UnknownOutcomeError";
  readonly after: UnknownAfter;

  constructor(after: UnknownAfter) {
    super(`the outcome is not known: ${EXPLANATIONS[after]}`);
    this.after = after;
  }
}

const EXPLANATIONS: Readonly<Record<UnknownAfter, string>> = {
  deadline: "the deadline passed, or the call was ended, before there was an answer",
  leadershipLost: "the leader that took it was replaced",
  connectionLost: "the connection broke before there was an answer",
  shutdown: "the member that took it ended",
  internal: "the member that took it could not read its own answer",
};

export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind === "done") return outcome.value;
  throw outcome.kind === "refused" ? new RefusedError(outcome.refusal) : new UnknownOutcomeError(outcome.after);
}
