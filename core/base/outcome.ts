// Three outcomes, never two. `refused` is a promise that it did not happen and will not; whoever can't promise
// that says `unknown`. See docs/errors.md for every refusal.

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "unknown"; readonly after: UnknownAfter };

/** `internal`: a bug, where it is not known before or after what it struck. */
export type UnknownAfter = "deadline" | "leadershipLost" | "connectionLost" | "shutdown" | "internal";

/** What the one who asked can do about it. */
export type Advice = "askLeader" | "askOwner" | "retrySoon" | "retryLater" | "fixRequest" | "giveUp" | "newClient";

/** Codes are never renamed or reused; a code exists only if some caller does something different on seeing it. */
export const REFUSALS = {
  notLeader: { status: 421, advice: "askLeader" },
  wrongShard: { status: 409, advice: "askOwner" },
  shardMoving: { status: 503, advice: "askOwner" },
  noQuorum: { status: 503, advice: "retrySoon" },
  deadline: { status: 503, advice: "retrySoon" },
  starting: { status: 503, advice: "retrySoon" },
  shuttingDown: { status: 503, advice: "retrySoon" },
  transferring: { status: 503, advice: "retrySoon" },
  overloaded: { status: 429, advice: "retryLater" },
  upgrading: { status: 503, advice: "retryLater" },
  diskFull: { status: 507, advice: "retryLater" },
  keyNotFound: { status: 404, advice: "fixRequest" },
  versionMismatch: { status: 409, advice: "fixRequest" },
  jobExists: { status: 409, advice: "fixRequest" },
  badRequest: { status: 400, advice: "fixRequest" },
  crossSlot: { status: 400, advice: "fixRequest" },
  notAnInteger: { status: 400, advice: "fixRequest" },
  overflow: { status: 400, advice: "fixRequest" },
  unauthorized: { status: 401, advice: "fixRequest" },
  forbidden: { status: 403, advice: "fixRequest" },
  notFound: { status: 404, advice: "fixRequest" },
  tooLarge: { status: 413, advice: "fixRequest" },
  sessionExpired: { status: 410, advice: "newClient" },
  serialForgotten: { status: 410, advice: "newClient" },
  tooManyOpenSerials: { status: 429, advice: "retryLater" },
  membershipChanging: { status: 409, advice: "retrySoon" },
  membershipInvalid: { status: 400, advice: "fixRequest" },
  internal: { status: 500, advice: "giveUp" },
} as const satisfies Record<string, { readonly status: number; readonly advice: Advice }>;

export type RefusalCode = keyof typeof REFUSALS;

export type Refusal = {
  readonly code: RefusalCode;
  readonly message: string;
  /** Further fields of the answer, such as the current version of a key whose guard failed. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
};

export const done = <T>(value: T): Outcome<T> => ({ kind: "done", value });
export const unknown = (after: UnknownAfter): Outcome<never> => ({ kind: "unknown", after });

export function refused(code: RefusalCode, message: string, details?: Refusal["details"]): Outcome<never> {
  return { kind: "refused", refusal: details === undefined ? { code, message } : { code, message, details } };
}
