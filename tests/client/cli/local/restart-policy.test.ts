import { afterEnd, PAUSE_MS, STABLE_MS } from "../../../../client/cli/local/restart-policy.ts";

test.each([
  { code: 0, meaning: "it was told to stop, by somebody else" },
  { code: 1, meaning: "it crashed" },
  { code: 70, meaning: "a bug" },
  { code: 74, meaning: "the disk failed" },
  { code: null, meaning: "it was killed" },
])("$meaning: it is started again after a short pause", ({ code }) => {
  expect(afterEnd({ code, livedMs: 50, lastPauseMs: null })).toEqual({ kind: "restart", afterMs: PAUSE_MS.first });
});

test("what keeps ending is started again after pauses that grow, up to a limit", () => {
  const pauses: number[] = [];
  let lastPauseMs: number | null = null;
  for (let i = 0; i < 8; i++) {
    const decision = afterEnd({ code: 1, livedMs: 50, lastPauseMs });
    if (decision.kind !== "restart") throw new Error("it stays down");
    pauses.push((lastPauseMs = decision.afterMs));
  }
  expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
});

test("a life that was long makes the pause short again, and so does an end that was meant to begin anew", () => {
  expect(afterEnd({ code: 1, livedMs: STABLE_MS, lastPauseMs: 5_000 })).toEqual({ kind: "restart", afterMs: PAUSE_MS.first });
  expect(afterEnd({ code: 75, livedMs: 50, lastPauseMs: 5_000 })).toEqual({ kind: "restart", afterMs: PAUSE_MS.first });
});

test("who refuses its disk is left alone", () => {
  expect(afterEnd({ code: 78, livedMs: STABLE_MS, lastPauseMs: null })).toEqual({ kind: "stop" });
});
