// What a caller does after one attempt: it is over, or it tries again. Outcomes fold over attempts: once an attempt may have
// happened, no later attempt can turn that into "it did not", except the remembered answer of the very same serial.
import type { Outcome, RefusalCode, UnknownAfter } from "../base/outcome.ts";
import { refused, REFUSALS } from "../base/outcome.ts";

export type Request =
  /** Asking twice is as good as asking once. */
  | "read"
  /** Carries a client id and a serial: it takes effect once, however often it is sent. */
  | "exactlyOnce"
  | "plainWrite";

/** What is known from the attempts so far. */
export type SoFar = { readonly request: Request; readonly mayHaveHappened: boolean };

export type Verdict<T> =
  | { readonly kind: "over"; readonly outcome: Outcome<T> }
  | { readonly kind: "again"; readonly where: "leader" | "elsewhere" | "sameAfterPause"; readonly soFar: SoFar }
  /** Nothing happened, and nothing will under this client id: begin anew with another one. */
  | { readonly kind: "newClient" };

export function judge<T>(soFar: SoFar, attempt: Outcome<T>): Verdict<T> {
  switch (attempt.kind) {
    case "done":
      return { kind: "over", outcome: attempt };
    case "unknown":
      return afterUnknown(soFar, attempt.after);
    case "refused":
      return afterRefusal(soFar, attempt);
  }
}

/** What to answer when there is no time left for another attempt. */
export function outOfTime<T>(soFar: SoFar, last: Outcome<T> | null): Outcome<T> {
  if (soFar.mayHaveHappened) return { kind: "unknown", after: "deadline" };
  return last ?? refused("deadline", "the deadline passed before the request could be sent");
}

function afterUnknown<T>(soFar: SoFar, after: UnknownAfter): Verdict<T> {
  if (soFar.request === "plainWrite") return { kind: "over", outcome: { kind: "unknown", after } };
  return { kind: "again", where: "elsewhere", soFar: { ...soFar, mayHaveHappened: soFar.request !== "read" } };
}

type Refused<T> = Extract<Outcome<T>, { readonly kind: "refused" }>;

function afterRefusal<T>(soFar: SoFar, attempt: Refused<T>): Verdict<T> {
  const { code } = attempt.refusal;
  switch (REFUSALS[code].advice) {
    case "askLeader":
      return { kind: "again", where: "leader", soFar };
    case "askOwner":
    case "retrySoon":
      return { kind: "again", where: "elsewhere", soFar };
    case "retryLater":
      return { kind: "again", where: "sameAfterPause", soFar };
    case "newClient":
      return soFar.mayHaveHappened ? { kind: "over", outcome: { kind: "unknown", after: "deadline" } } : { kind: "newClient" };
    case "fixRequest":
    case "giveUp":
      return { kind: "over", outcome: isStillUnknown(soFar, code) ? { kind: "unknown", after: "deadline" } : attempt };
  }
}

/** Answers from the log, remembered with their serial. Any other refusal speaks only of its own attempt. */
const DECIDED_WHEN_APPLIED: readonly RefusalCode[] = ["versionMismatch", "tooLarge"];

function isStillUnknown(soFar: SoFar, code: RefusalCode): boolean {
  return soFar.mayHaveHappened && !DECIDED_WHEN_APPLIED.includes(code);
}
