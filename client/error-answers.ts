// What an answer that is no success says: an outcome, and where and when to ask instead. Codes that are newer than this
// client are read by their HTTP status.
import type { Outcome, RefusalCode, UnknownAfter } from "../core/base/outcome.ts";
import { refused, REFUSALS, unknown } from "../core/base/outcome.ts";
import { originIn } from "../core/routing/shard-map.ts";

export type Fields = Readonly<Record<string, unknown>>;

export type ErrorAnswer = {
  readonly outcome: Outcome<never>;
  readonly leader: string | null;
  readonly retryAfterMs: number | null;
};

const UNKNOWN_AFTERS: readonly UnknownAfter[] = ["deadline", "leadershipLost", "connectionLost", "shutdown", "internal"];
/** A code that stands for all of its status, for those that are not known by name. */
const BY_STATUS: Readonly<Record<number, RefusalCode>> = {
  401: "unauthorized",
  403: "forbidden",
  410: "sessionExpired",
  413: "tooLarge",
  421: "notLeader",
  429: "overloaded",
  503: "starting",
  507: "diskFull",
};

export function readError(status: number, error: Fields): ErrorAnswer {
  const { leader, retryAfterMs } = error;
  return {
    outcome: outcomeOf(status, error),
    leader: originIn(leader),
    retryAfterMs: typeof retryAfterMs === "number" && retryAfterMs >= 0 ? retryAfterMs : null,
  };
}

function outcomeOf(status: number, { code, message, outcome, ...rest }: Fields): Outcome<never> {
  if (outcome !== "refused") return unknown(UNKNOWN_AFTERS.find((after) => after === code) ?? "connectionLost");
  const told = typeof message === "string" ? message : `HTTP status ${status}`;
  if (isRefusalCode(code)) return refused(code, told, detailsIn(rest));
  return refused(BY_STATUS[status] ?? (status < 500 ? "badRequest" : "internal"), told, { ...detailsIn(rest), code: String(code) });
}

const isRefusalCode = (code: unknown): code is RefusalCode => typeof code === "string" && Object.hasOwn(REFUSALS, code);

type Scalar = string | number | boolean | null;

/** Of what is told besides: only plain values, and not what is read elsewhere. */
function detailsIn(fields: Fields): Readonly<Record<string, Scalar>> {
  const isDetail = (entry: [string, unknown]): entry is [string, Scalar] => entry[1] === null || typeof entry[1] !== "object";
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== "leader" && name !== "retryAfterMs")
      .filter(isDetail),
  );
}

export function asFields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
