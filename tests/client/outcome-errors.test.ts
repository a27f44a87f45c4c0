import { RefusedError, UnknownOutcomeError, valueOf } from "../../client/outcome-errors.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";

test("what is done is returned, the rest is thrown with what is known", () => {
  expect(valueOf(done(7))).toBe(7);
  expect(() => valueOf(refused("versionMismatch", "m", { version: 3 }))).toThrow(
    expect.objectContaining({ name: "RefusedError", code: "versionMismatch", details: { version: 3 } }),
  );
  expect(() => valueOf(refused("noQuorum", "m"))).toThrow(RefusedError);
  expect(() => valueOf(unknown("leadershipLost"))).toThrow(UnknownOutcomeError);
  expect(() => valueOf(unknown("deadline"))).toThrow(expect.objectContaining({ after: "deadline" }));
});
