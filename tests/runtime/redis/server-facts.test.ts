// What a server counts of its commands.
import { expect, test } from "@jest/globals";
import { ServerFacts } from "../../../runtime/redis/server-facts.ts";

test("each command is counted for itself, in whatever order they come", () => {
  const facts = new ServerFacts({ startedAtMs: 0, port: 1, auth: "none", version: "test" });
  for (const [command, isError] of [
    ["get", false],
    ["get", true],
    ["set", false],
    ["get", false],
    ["set", true],
    ["set", true],
  ] as const)
    facts.count(command, isError);
  expect([...facts.byCommand]).toEqual([
    ["get", { calls: 3, failed: 1 }],
    ["set", { calls: 3, failed: 2 }],
  ]);
  expect([facts.requests, facts.errors]).toEqual([6, 3]);
});
