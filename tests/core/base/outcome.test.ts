import { REFUSALS, done, refused, unknown } from "../../../core/base/outcome.ts";

test("three outcomes, told apart by their kind", () => {
  expect(done(7)).toEqual({ kind: "done", value: 7 });
  expect(refused("overloaded", "too much")).toEqual({ kind: "refused", refusal: { code: "overloaded", message: "too much" } });
  expect(unknown("deadline")).toEqual({ kind: "unknown", after: "deadline" });
});

test("details are there only when given", () => {
  expect(refused("versionMismatch", "moved on", { version: 3 })).toEqual({
    kind: "refused",
    refusal: { code: "versionMismatch", message: "moved on", details: { version: 3 } },
  });
  expect(refused("notLeader", "ask another")).not.toHaveProperty("refusal.details");
});

test("every refusal is an error to HTTP, and only the server's own are the server's", () => {
  for (const [code, { status, advice }] of Object.entries(REFUSALS)) {
    expect({ code, isError: status >= 400 && status < 600 }).toEqual({ code, isError: true });
    // 4xx tells the caller to change something, except where waiting or asking another member is the change.
    if (advice === "fixRequest" || advice === "newClient") expect({ code, status: Math.floor(status / 100) }).toEqual({ code, status: 4 });
    if (advice === "giveUp") expect({ code, status: Math.floor(status / 100) }).toEqual({ code, status: 5 });
  }
});
