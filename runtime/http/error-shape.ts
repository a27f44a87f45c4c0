// The one shape in which every HTTP port of every service says no, or that it doesn't know. docs/errors.md lists the codes.
import type { Refusal, RefusalCode, UnknownAfter } from "../../core/base/outcome.ts";
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

/** What happened to a request whose end this member will not see. */
export const UNKNOWNS: { readonly [After in UnknownAfter]: { readonly status: number; readonly message: string } } = {
  deadline: { status: 503, message: "the deadline passed before the outcome was known; it may have taken effect, or still may" },
  leadershipLost: {
    status: 503,
    message: "the leader lost its leadership while this was under way; it may have taken effect, or still may",
  },
  connectionLost: {
    status: 503,
    message: "the connection to the leader was lost while this was under way; it may have taken effect, or still may",
  },
  shutdown: { status: 503, message: "this member ended while this was under way; it may have taken effect, or still may" },
};

/** How long to wait before trying again, where trying again is the advice. */
const RETRY_AFTER_MS: Readonly<Record<string, number>> = { askLeader: 50, retrySoon: 50, retryLater: 1_000 };

export function refusalResponse({ code, message, details }: Refusal, leader: string | null = null): ErrorResponse {
  const { status, advice } = REFUSALS[code];
  const retryAfterMs = RETRY_AFTER_MS[advice];
  const error = {
    ...details,
    code,
    message,
    outcome: "refused" as const,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(leader === null ? {} : { leader }),
  };
  return { status, body: { error } };
}

export function unknownResponse(after: UnknownAfter): ErrorResponse {
  const { status, message } = UNKNOWNS[after];
  return { status, body: { error: { code: after, message, outcome: "unknown", retryAfterMs: 50 } } };
}

export function refuse(code: RefusalCode, message: string): ErrorResponse {
  return refusalResponse({ code, message });
}
