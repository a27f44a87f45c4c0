import { asIndex, asMember } from "../../../core/base/ids.ts";
import { Progress } from "../../../core/raft/progress.ts";

const at = asIndex;
const WINDOW = { messagesMax: 2, bytesMax: 100, fewMessages: 99, manyEntries: 99 };
const follower = (next: number): Progress => new Progress(asMember("b"), at(next));

function replicating(match: number): Progress {
  const progress = follower(match + 1);
  progress.accepted(at(match));
  return progress;
}

test("a probe waits for its answer, then the window opens behind what the probe carried", () => {
  const progress = follower(5);
  progress.sent(at(7), 30);
  expect(progress.mayHaveMore(WINDOW, 1)).toBe(false);
  progress.accepted(at(4)); // the logs agree there; the rest is not on the follower's disk yet
  expect(progress).toMatchObject({ state: "replicate", matchIndex: 4, nextIndex: 8 });
});

test("the window is bounded by messages and by bytes, and opens as answers come", () => {
  const progress = replicating(0);
  progress.sent(at(1), 10);
  expect(progress.mayHaveMore(WINDOW, 1)).toBe(true);
  progress.sent(at(2), 10);
  expect(progress.mayHaveMore(WINDOW, 1)).toBe(false);
  progress.accepted(at(1));
  expect(progress.mayHaveMore(WINDOW, 1)).toBe(true);
  progress.sent(at(3), 100);
  expect(progress.mayHaveMore({ ...WINDOW, messagesMax: 99 }, 1)).toBe(false);
});

test("while a few messages are under way, few entries wait for an answer, and many don't", () => {
  const window = { messagesMax: 64, bytesMax: 100, fewMessages: 2, manyEntries: 4 };
  const progress = replicating(0);
  expect(progress.awaitsAnswer).toBe(false);
  progress.sent(at(1), 10);
  expect(progress.mayHaveMore(window, 1)).toBe(true);
  progress.sent(at(2), 10);
  expect(progress.mayHaveMore(window, 3)).toBe(false);
  expect(progress.mayHaveMore(window, 4)).toBe(true);
  progress.accepted(at(1));
  expect(progress.mayHaveMore(window, 1)).toBe(true);
  expect(progress.awaitsAnswer).toBe(true);
});

test("what is acknowledged never decreases", () => {
  const progress = replicating(5);
  progress.accepted(at(3));
  expect(progress).toMatchObject({ matchIndex: 5, nextIndex: 6 });
  progress.becomeProbe(at(2));
  expect(progress.nextIndex).toBe(6);
});

test.each([
  { name: "about what was acknowledged since", state: "replicate", previous: 4, current: false },
  { name: "about what is under way", state: "replicate", previous: 6, current: true },
  { name: "about what was never sent", state: "replicate", previous: 9, current: false },
  { name: "about the probe", state: "probe", previous: 5, current: true },
  { name: "about an earlier probe", state: "probe", previous: 7, current: false },
])("a conflict $name", ({ state, previous, current }) => {
  const progress = replicating(4);
  progress.sent(at(7), 1);
  if (state === "probe") progress.becomeProbe(at(6));
  expect(progress.isCurrentConflict(at(previous))).toBe(current);
});
