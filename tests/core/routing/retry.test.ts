import { done, refused, unknown } from "../../../core/base/outcome.ts";
import type { RefusalCode } from "../../../core/base/outcome.ts";
import type { Request } from "../../../core/routing/retry.ts";
import { judge, outOfTime } from "../../../core/routing/retry.ts";

const refusedWith = (code: RefusalCode) => refused(code, "because");

test("an answer ends it", () => {
  expect(judge({ request: "exactlyOnce", mayHaveHappened: true }, done(7))).toEqual({ kind: "over", outcome: done(7) });
});

test.each<{ request: Request; verdict: string; mayHaveHappened?: boolean }>([
  { request: "read", verdict: "again", mayHaveHappened: false },
  { request: "exactlyOnce", verdict: "again", mayHaveHappened: true },
  { request: "plainWrite", verdict: "over" },
])("after an unknown attempt of a $request: $verdict", ({ request, verdict, mayHaveHappened }) => {
  const judged = judge({ request, mayHaveHappened: false }, unknown("connectionLost"));
  expect(judged.kind).toBe(verdict);
  if (judged.kind === "again") expect(judged.soFar.mayHaveHappened).toBe(mayHaveHappened);
});

test.each<{ code: RefusalCode; where: string }>([
  { code: "notLeader", where: "leader" },
  { code: "wrongShard", where: "owner" },
  { code: "shardMoving", where: "owner" },
  { code: "noQuorum", where: "elsewhere" },
  { code: "overloaded", where: "sameAfterPause" },
])("$code is tried again: $where", ({ code, where }) => {
  expect(judge({ request: "plainWrite", mayHaveHappened: false }, refusedWith(code))).toMatchObject({ kind: "again", where });
});

test.each<{ name: string; code: RefusalCode; mayHaveHappened: boolean; expected: string }>([
  { name: "a failed guard at first", code: "versionMismatch", mayHaveHappened: false, expected: "refused" },
  { name: "a failed guard remembered with its serial", code: "versionMismatch", mayHaveHappened: true, expected: "refused" },
  { name: "a value that is no integer, remembered with its serial", code: "notAnInteger", mayHaveHappened: true, expected: "refused" },
  { name: "a malformed request at first", code: "badRequest", mayHaveHappened: false, expected: "refused" },
  { name: "a malformed request after an unknown attempt", code: "badRequest", mayHaveHappened: true, expected: "unknown" },
  { name: "an expired session after an unknown attempt", code: "sessionExpired", mayHaveHappened: true, expected: "unknown" },
])("$name is $expected", ({ code, mayHaveHappened, expected }) => {
  expect(judge({ request: "exactlyOnce", mayHaveHappened }, refusedWith(code))).toMatchObject({
    kind: "over",
    outcome: { kind: expected },
  });
});

test("an expired session at the first attempt calls for a new one", () => {
  expect(judge({ request: "exactlyOnce", mayHaveHappened: false }, refusedWith("sessionExpired"))).toEqual({ kind: "newClient" });
});

test("out of time: refused only if nothing can have happened", () => {
  const notLeader = refusedWith("notLeader");
  expect(outOfTime({ request: "exactlyOnce", mayHaveHappened: false }, notLeader)).toEqual(notLeader);
  expect(outOfTime({ request: "exactlyOnce", mayHaveHappened: true }, notLeader)).toEqual(unknown("deadline"));
  expect(outOfTime({ request: "exactlyOnce", mayHaveHappened: false }, null)).toMatchObject({
    kind: "refused",
    refusal: { code: "deadline" },
  });
  expect(outOfTime({ request: "read", mayHaveHappened: false }, unknown("connectionLost"))).toEqual(unknown("connectionLost"));
});
