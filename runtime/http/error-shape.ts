// The one shape in which every HTTP port of every service says no, or that it doesn't know. docs/errors.md lists the codes.
import type { Advice, Refusal, RefusalCode, UnknownAfter } from "../../core/base/outcome.ts";
import { REFUSALS } from "../../core/base/outcome.ts";

export type ErrorBody = {
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** `refused`: it did not happen and will not. `unknown`: it may have happened, or still may. */
    readonly outcome: "refused" | "unknown";
    readonly retryAfterMs?: number;
    readonly leader?: string;
    readonly [detail: string]: unknown;
  };
};

export type ErrorResponse = { readonly status: number; readonly body: ErrorBody };

/** What is said where this member will not see how a request ends; the code is the reason. */
export const UNKNOWNS: { readonly [After in UnknownAfter]: { readonly status: number; readonly message: string } } = {
  deadline: { status: 503, message: "the deadline passed first; it may have taken effect, or still may" },
  leadershipLost: { status: 503, message: "the leader was replaced first; it may have taken effect, or still may" },
  connectionLost: { status: 503, message: "the connection was lost first; it may have taken effect, or still may" },
  shutdown: { status: 503, message: "this member ended first; it may have taken effect, or still may" },
};

/** How long to wait before asking again, where that is the advice. */
const RETRY_AFTER_MS: { readonly [A in Advice]: number | null } = {
  askLeader: 50,
  askOwner: 50,
  retrySoon: 50,
  retryLater: 1_000,
  newClient: 0,
  fixRequest: null,
  giveUp: null,
};

/** `leader`: where clients reach the one to ask instead, as far as that is known. */
export function refusalResponse({ code, message, details }: Refusal, leader: string | null = null): ErrorResponse {
  const { status, advice } = REFUSALS[code];
  const retryAfterMs = RETRY_AFTER_MS[advice];
  const error = {
    // Of a leader, clients are told their own address and not the one among members.
    ...(code === "notLeader" ? {} : details),
    code,
    message,
    outcome: "refused" as const,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    ...(leader === null ? {} : { leader }),
  };
  return { status, body: { error } };
}

export function unknownResponse(after: UnknownAfter): ErrorResponse {
  const { status, message } = UNKNOWNS[after];
  return { status, body: { error: { code: after, message, outcome: "unknown", retryAfterMs: RETRY_AFTER_MS.retrySoon ?? 0 } } };
}

/** A bug in the handling of a request. Where it struck is not known, so neither is what became of the request. */
export function bugResponse(): ErrorResponse {
  const message = "a bug in this member; its log says more. The request may have taken effect, or still may";
  return { status: REFUSALS.internal.status, body: { error: { code: "internal", message, outcome: "unknown" } } };
}

export function refuse(code: RefusalCode, message: string): ErrorResponse {
  return refusalResponse({ code, message });
}
