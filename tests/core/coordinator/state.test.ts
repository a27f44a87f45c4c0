import { done } from "../../../core/base/outcome.ts";
import { NO_ORDERS } from "../../../core/coordinator/hold.ts";
import { answer, DEFAULT_COORDINATOR_TIMING, isNothing, newState } from "../../../core/coordinator/state.ts";

test("a new coordinator has nothing", () => {
  const state = newState(DEFAULT_COORDINATOR_TIMING);
  expect([state.isActive, state.isIndexRead, state.jobs.size]).toEqual([false, false, 0]);
});

test("an answer is an effect", () => {
  const state = newState(DEFAULT_COORDINATOR_TIMING);
  answer(state, 3, done(1));
  expect(state.effects).toEqual([{ kind: "answer", request: 3, outcome: done(1) }]);
});

test("orders that order nothing are nothing", () => {
  expect(isNothing(NO_ORDERS)).toBe(true);
  expect(isNothing({ ...NO_ORDERS, forget: ["j"] })).toBe(false);
});
