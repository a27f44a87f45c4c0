// Each promise is broken on purpose, next to a story that keeps it.
import type { RaftStatus } from "../../../core/raft/inputs.ts";
import { Ledger } from "../world/ledger.ts";
import { Violation } from "../world/violation.ts";
import { Watch } from "./catalogue.ts";
import { STORIES_OF_LEADERSHIP } from "./stories-of-leadership.ts";
import { STORIES_OF_LOGS } from "./stories-of-logs.ts";
import { A, LIMITS, Story } from "./story.ts";

const TELLINGS = [...STORIES_OF_LOGS, ...STORIES_OF_LEADERSHIP];

test.each(TELLINGS)("$name is seen", ({ promise, good, bad }) => {
  good(new Story());
  let broken: unknown = null;
  try {
    bad(new Story());
  } catch (thrown) {
    broken = thrown;
  }
  expect(broken).toBeInstanceOf(Violation);
  expect((broken as Violation).promise).toBe(promise);
});

test("a queue beyond its limit is seen, and every promise is told of in a story", () => {
  const { invariants, committed } = new Watch(LIMITS);
  const bounded = invariants.find(({ promise }) => promise === "queues, memory and log are bounded");
  const status = { raft: {} as RaftStatus, appliedIndex: 0, queues: [{ name: "things", length: 3, max: 2 }] };
  const view = { member: A, place: 0, ledger: new Ledger(committed) };
  expect(() => bounded?.turnEnded?.(view, status)).toThrow("a holds 3 things; the limit is 2");
  const told = new Set([...TELLINGS.map(({ promise }) => promise), bounded?.promise]);
  expect(invariants.map(({ promise }) => promise).filter((promise) => !told.has(promise))).toEqual([]);
});
