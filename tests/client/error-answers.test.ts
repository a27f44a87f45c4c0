import { readError } from "../../client/error-answers.ts";
import { refused, unknown } from "../../core/base/outcome.ts";

test("a refusal with its further fields, and where and when to ask instead", () => {
  const error = {
    code: "versionMismatch",
    message: "m",
    outcome: "refused",
    version: 2,
    retryAfterMs: 50,
    leader: "http://a:1/v1",
    deep: {},
  };
  expect(readError(409, error)).toEqual({
    outcome: refused("versionMismatch", "m", { version: 2 }),
    leader: "http://a:1",
    retryAfterMs: 50,
  });
});

test.each([
  { status: 503, error: { code: "leadershipLost", outcome: "unknown" }, expected: unknown("leadershipLost") },
  { status: 503, error: { code: "newReason", outcome: "unknown" }, expected: unknown("connectionLost") },
  { status: 502, error: {}, expected: unknown("connectionLost") },
])("$error with status $status is unknown", ({ status, error, expected }) => {
  expect(readError(status, error).outcome).toEqual(expected);
});

test.each([
  { status: 400, code: "badRequest" },
  { status: 401, code: "unauthorized" },
  { status: 410, code: "sessionExpired" },
  { status: 418, code: "badRequest" },
  { status: 421, code: "notLeader" },
  { status: 429, code: "overloaded" },
  { status: 500, code: "internal" },
  { status: 503, code: "starting" },
])("a refusal with a code from the future is read by its status: $status is $code", ({ status, code }) => {
  expect(readError(status, { code: "toString", message: "m", outcome: "refused" }).outcome).toMatchObject({
    kind: "refused",
    refusal: { code, details: { code: "toString" } },
  });
});

test.each([{ leader: "file:///x" }, { leader: 7 }, {}])("no address in $leader", (error) => {
  expect(readError(421, { code: "notLeader", outcome: "refused", retryAfterMs: -1, ...error })).toMatchObject({
    leader: null,
    retryAfterMs: null,
  });
});
