import { HistoryRecorder } from "../../../core/linearizability/recorder.ts";

test("every event has a moment of its own, and what was not answered is unknown", () => {
  const recorder = new HistoryRecorder<string, string>();
  const first = recorder.called("c1", "a");
  const second = recorder.called("c2", "b");
  recorder.called("c3", "c");
  recorder.refused(second);
  recorder.done(first, "answer");
  expect(recorder.size).toBe(3);
  expect(recorder.history()).toEqual([
    { client: "c1", calledAt: 1, input: "a", outcome: { kind: "done", returnedAt: 5, output: "answer" } },
    { client: "c2", calledAt: 2, input: "b", outcome: { kind: "refused", returnedAt: 4 } },
    { client: "c3", calledAt: 3, input: "c", outcome: { kind: "unknown" } },
  ]);
});

test("a history that was taken does not change", () => {
  const recorder = new HistoryRecorder<string, string>();
  const call = recorder.called("c1", "a");
  const taken = recorder.history();
  recorder.done(call, "answer");
  expect(taken[0]?.outcome.kind).toBe("unknown");
});

test("an operation returns once", () => {
  const recorder = new HistoryRecorder<string, string>();
  const call = recorder.called("c1", "a");
  recorder.done(call, "answer");
  expect(() => recorder.done(call, "other")).toThrow("an operation returns once");
  expect(() => recorder.refused({ position: 7 })).toThrow("an operation returns once");
});
